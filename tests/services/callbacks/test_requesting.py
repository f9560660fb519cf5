"""Being called back: kept encrypted, once, by the next working day, within a limit a person does
not meet.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.models import AuditEntry, CallbackRequest
from app.services.callbacks import queries as callback_queries
from app.services.callbacks import requesting as callback_requesting
from app.services.callbacks.requesting import (
    PLACE_REQUESTS_AN_HOUR,
    REQUESTS_AN_HOUR,
    CallbackWish,
    PlaceBusy,
    TooManyCallbacks,
)
from app.services.core.context import Actor
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.clock import BEIJING, NOW
from tests.support.races import rounds, run_together

WISH = CallbackWish("number_changed", "王女士", "13800000000", "afternoon", "旧号码停机了")
VISITOR = Actor("visitor:-", "192.0.2.7")


def beijing(month, day, hour, minute):
    return datetime(2026, month, day, hour, minute, tzinfo=BEIJING)


@pytest.fixture
def ask(session, vault):
    def asked(wish=WISH, *, key=None, actor=VISITOR, now=NOW, borrower_id=None, browser=""):
        return callback_requesting.request_callback(
            session,
            acting(now=now, actor=actor, vault=vault),
            wish=wish,
            borrower_id=borrower_id,
            request_key=key or str(uuid4()),
            browser=browser,
        )

    return asked


def stored(session, public_id):
    return session.scalars(
        select(CallbackRequest).where(CallbackRequest.public_id == public_id)
    ).one()


def count(session):
    return session.scalar(select(func.count()).select_from(CallbackRequest))


def test_what_was_typed_is_kept_only_encrypted(session, vault, ask):
    row = stored(session, ask())
    sealed = {"name": row.name_enc, "mobile": row.mobile_enc, "words": row.words_enc}
    for column, value in sealed.items():
        text = getattr(WISH, column)
        assert text.encode() not in value
        assert (
            vault.unseal(value, table="callback_requests", row=row.public_id, column=column) == text
        )
    assert "192.0.2.7" not in row.requester_hmac
    assert (row.topic, row.wished_time, row.state, row.borrower_id) == (
        "number_changed",
        "afternoon",
        "open",
        None,
    )


def test_the_trail_names_the_request_and_nothing_of_the_person(session, ask):
    row = stored(session, ask())
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert (entry.action, entry.object_id, entry.actor) == (
        "callback.requested",
        row.public_id,
        "visitor:-",
    )
    assert entry.after == {
        "topic": "number_changed",
        "wished_time": "afternoon",
        "number": row.number,
    }


@pytest.mark.parametrize(
    ("asked", "by"),
    [
        (beijing(11, 23, 10, 0), beijing(11, 24, 22, 0)),
        (beijing(11, 27, 23, 30), beijing(11, 30, 22, 0)),  # Friday night: Monday
        (beijing(9, 30, 9, 0), beijing(10, 8, 22, 0)),  # before the October holiday
    ],
)
def test_someone_calls_by_the_next_working_day(session, ask, asked, by):
    row = stored(session, ask(now=asked))
    assert row.answer_by_at == by


def test_a_borrower_who_is_signed_in_is_noted(session, vault, ask):
    borrower = make_borrower(session, vault)
    actor = Actor(f"borrower:{borrower.public_id}", "192.0.2.7")
    assert stored(session, ask(actor=actor, borrower_id=borrower.id)).borrower_id == borrower.id


def test_who_is_signed_in_gives_no_name_and_no_number(session, vault, ask):
    borrower = make_borrower(session, vault, name="罗涵敏", mobile="19003740000")
    actor = Actor(f"borrower:{borrower.public_id}", "192.0.2.7")
    wish = CallbackWish(topic="talk")
    row = stored(session, ask(wish, actor=actor, borrower_id=borrower.id))
    place = {"table": "callback_requests", "row": row.public_id}
    told = [
        vault.unseal(row.mobile_enc, column="mobile", **place),
        vault.unseal(row.name_enc, column="name", **place),
    ]
    assert told == ["19003740000", "罗涵敏"]


def test_a_second_tap_is_the_same_request(session, ask):
    key = str(uuid4())
    assert ask(key=key) == ask(key=key, now=NOW + timedelta(seconds=1))
    assert count(session) == 1


def test_going_back_to_correct_the_number_is_another_request(session, vault, ask):
    key = str(uuid4())
    first = ask(key=key)
    second = ask(replace(WISH, mobile="13900000000"), key=key)
    assert first != second
    receipt = callback_queries.callback_receipt(session, acting(vault=vault), public_id=second)
    assert receipt.mobile_masked == "139****0000"


def test_numbers_are_told_apart(session, ask):
    numbers = {stored(session, ask()).number for _ in range(3)}
    assert len(numbers) == 3
    assert all(number.startswith("HD-") for number in numbers)


def test_within_an_hour_one_place_asks_so_often_and_no_more(session, ask):
    for minutes in range(REQUESTS_AN_HOUR):
        ask(now=NOW + timedelta(minutes=minutes))
    with pytest.raises(TooManyCallbacks):
        ask(now=NOW + timedelta(minutes=59))
    assert count(session) == REQUESTS_AN_HOUR
    assert ask(actor=replace(VISITOR, from_where="192.0.2.8"), now=NOW + timedelta(minutes=59))
    assert ask(now=NOW + timedelta(minutes=60))


def test_a_busy_shared_address_shuts_no_signed_in_borrower_out(session, vault, ask):
    for _ in range(REQUESTS_AN_HOUR):
        ask()
    borrower = make_borrower(session, vault)
    assert ask(
        actor=Actor(f"borrower:{borrower.public_id}", VISITOR.from_where), borrower_id=borrower.id
    )


def other(n) -> CallbackWish:
    return replace(WISH, mobile=f"1380000{n:04d}")


def test_a_carriers_address_shuts_nobody_out_for_what_another_asked(ask):
    for _ in range(REQUESTS_AN_HOUR):
        ask()
    # another person behind the same address, who has never asked
    assert ask(other(1))


def test_one_browser_is_counted_over_numbers_and_addresses(ask):
    places = [replace(VISITOR, from_where=f"192.0.2.{n}") for n in range(REQUESTS_AN_HOUR + 1)]
    for n in range(REQUESTS_AN_HOUR):
        ask(other(n), actor=places[n], browser="b")
    with pytest.raises(TooManyCallbacks):
        ask(other(999), actor=places[-1], browser="b")
    assert ask(other(999), actor=places[-1], browser="c")
    assert ask(other(999), actor=places[-1], browser="b", now=NOW + timedelta(hours=1))


def test_one_address_cannot_fill_the_desks_list_and_is_told_the_truth(ask):
    for n in range(PLACE_REQUESTS_AN_HOUR):
        ask(other(n))
    with pytest.raises(PlaceBusy) as refused:
        ask(other(999))
    assert "这一次没有记下" in refused.value.words
    assert "您已经留过" not in refused.value.words
    assert ask(other(999), actor=replace(VISITOR, from_where="192.0.2.8"))
    assert ask(other(999), now=NOW + timedelta(hours=1))


def test_a_clock_that_was_ahead_locks_nobody_out(ask):
    for n in range(PLACE_REQUESTS_AN_HOUR):
        ask(WISH if n < REQUESTS_AN_HOUR else other(n), now=NOW + timedelta(days=2))
    assert ask()


@pytest.mark.race
def test_of_many_at_once_no_more_than_the_limit_are_taken(database, vault):
    for number in rounds():
        visitor = replace(VISITOR, from_where=f"192.0.{number}.7")
        wish = other(number)

        def one(_thread, visitor=visitor, wish=wish):
            with database.sessions() as session:
                return callback_requesting.request_callback(
                    session,
                    acting(actor=visitor, vault=vault),
                    wish=wish,
                    borrower_id=None,
                    request_key=str(uuid4()),
                )

        results = run_together(one, threads=12)
        refused = [result for result in results if isinstance(result, TooManyCallbacks)]
        assert len(refused) == 12 - REQUESTS_AN_HOUR
        with database.sessions() as session:
            assert count(session) == REQUESTS_AN_HOUR * (number + 1)


def test_at_the_limit_a_second_tap_still_gets_its_answer(ask):
    key = str(uuid4())
    first = ask(key=key)
    for _ in range(REQUESTS_AN_HOUR - 1):
        ask()
    assert ask(key=key) == first


@pytest.mark.parametrize(
    "wish", [replace(WISH, topic="other"), replace(WISH, wished_time="midnight")]
)
def test_codes_outside_the_lists_are_a_fault_of_the_caller(ask, wish):
    with pytest.raises(ValueError, match="/"):
        ask(wish)


@pytest.mark.race
def test_fifty_taps_at_once_are_one_request(database, vault):
    key = str(uuid4())

    def tap(_number):
        with database.sessions() as session:
            return callback_requesting.request_callback(
                session,
                acting(actor=VISITOR, vault=vault),
                wish=WISH,
                borrower_id=None,
                request_key=key,
            )

    assert len(set(run_together(tap))) == 1
    with database.sessions() as session:
        assert count(session) == 1
