"""Calls that were tried: the request stays open with a time of its own, and one person calls."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.domain.errors import NotFound
from app.models import AuditEntry, CallbackAttempt, CallbackRequest, Contact
from app.services.callbacks.answering import answer_callback
from app.services.callbacks.attempts import (
    MOST_AGREED_DAYS,
    NextTimeOutside,
    note_attempt,
    release_callback,
    take_callback,
)
from app.services.callbacks.queries import callback_page, callback_view
from app.services.callbacks.steps import AlreadyAnswered, CallbackOfAnother
from app.services.core.context import Actor
from app.services.core.request_keys import KeyReused
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.callbacks import NOTE
from tests.support.callbacks import ask_callback as ask
from tests.support.clock import BEIJING, NOW
from tests.support.races import run_together
from tests.support.threads import actor_at_desk, handler

DAY = timedelta(days=1)
SOON = NOW + timedelta(hours=3)


def beijing(day, hour, minute=0, month=11):
    return datetime(2026, month, day, hour, minute, tzinfo=BEIJING)


@pytest.fixture
def attempt(session, vault, site, actor):
    def tried(public_id, *, result="no_answer", next_at=SOON, key="try-1", by=actor, now=NOW):
        note_attempt(
            session,
            acting(now=now, actor=by, vault=vault, site=site),
            public_id=public_id,
            result=result,
            next_at=next_at,
            request_key=key,
        )

    return tried


@pytest.fixture
def at_desk(session):
    """A context of someone with a role, by user name."""

    def context(*roles, username):
        who = handler(session, *roles, username=username)
        return acting(actor=actor_at_desk(who), staff=who)

    return context


def stored(session, public_id) -> CallbackRequest:
    session.rollback()
    query = select(CallbackRequest).where(CallbackRequest.public_id == public_id)
    return session.scalars(query).one()


def trail(session) -> list[str]:
    query = select(AuditEntry.action).where(AuditEntry.object_kind == "callback_request")
    return list(session.scalars(query.order_by(AuditEntry.seq)))


def test_nobody_answered_keeps_it_open_with_a_time_and_who_tried(session, vault, actor, attempt):
    asked = ask(session, vault)
    attempt(asked)
    row = stored(session, asked)
    assert (row.state, row.owner, row.answer_by_at) == ("open", actor.who, SOON)
    view = callback_view(session, acting(vault=vault, actor=actor), public_id=asked)
    assert [(one.at, one.staff, one.result, one.next_at) for one in view.attempts] == [
        (NOW, "客服 2073", "no_answer", SOON)
    ]
    assert (view.is_mine, view.row.owner, view.row.attempts) == (True, "客服 2073", 1)
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "callback.attempted"))
    assert (entry.after["result"], entry.after["answer_by_at"]) == ("no_answer", SOON.isoformat())


def test_the_list_goes_by_the_time_it_is_tried_next(session, vault, attempt):
    first, second = ask(session, vault), ask(session, vault)
    attempt(first, result="new_time", next_at=NOW + 3 * DAY)
    page = callback_page(session, acting(vault=vault), state="open")
    assert [one.public_id for one in page.rows] == [second, first]
    assert [(one.attempts, one.owner) for one in page.rows] == [(0, ""), (1, "客服 2073")]


def test_every_attempt_stands_in_order_and_an_answer_ends_it(session, vault, attempt, answer):
    asked = ask(session, vault)
    attempt(asked)
    attempt(asked, result="new_time", next_at=NOW + 2 * DAY, key="try-2", now=SOON)
    answer(asked, now=NOW + 2 * DAY)
    view = callback_view(session, acting(vault=vault), public_id=asked)
    assert [one.result for one in view.attempts] == ["no_answer", "new_time"]
    assert (view.row.state, view.note) == ("answered", NOTE)
    with pytest.raises(AlreadyAnswered):
        attempt(asked, key="try-3")


def test_a_double_tap_is_one_attempt_and_another_time_with_its_key_none(session, vault, attempt):
    asked = ask(session, vault)
    attempt(asked)
    attempt(asked)
    with pytest.raises(KeyReused):
        attempt(asked, next_at=SOON + timedelta(hours=1))
    assert session.scalar(select(func.count()).select_from(CallbackAttempt)) == 1


@pytest.mark.parametrize(
    ("result", "next_at", "is_taken"),
    [
        ("no_answer", NOW, False),
        ("no_answer", NOW - timedelta(minutes=1), False),
        ("no_answer", NOW + timedelta(minutes=1), True),
        ("no_answer", beijing(23, 21, 59), True),
        ("no_answer", beijing(23, 22), False),  # an hour nobody is called at (C-01)
        ("no_answer", beijing(24, 7, 59), False),
        ("no_answer", beijing(24, 8), True),
        ("no_answer", beijing(24, 21, 59), True),
        ("no_answer", beijing(25, 8), False),  # after the next working day
        ("new_time", beijing(25, 8), True),
        ("new_time", NOW + MOST_AGREED_DAYS * DAY, True),
        ("new_time", NOW + MOST_AGREED_DAYS * DAY + timedelta(minutes=1), False),
        ("new_time", beijing(25, 22), False),
    ],
)
def test_the_next_time_is_ahead_at_an_hour_for_calls_and_not_too_far(
    session, vault, attempt, result, next_at, is_taken
):
    asked = ask(session, vault)
    before = stored(session, asked).answer_by_at
    if is_taken:
        attempt(asked, result=result, next_at=next_at)
    else:
        with pytest.raises(NextTimeOutside):
            attempt(asked, result=result, next_at=next_at)
    assert stored(session, asked).answer_by_at == (next_at if is_taken else before)


def test_a_result_no_form_lets_through_is_a_fault_of_the_caller(session, vault, attempt):
    with pytest.raises(ValueError, match="answered"):
        attempt(ask(session, vault), result="answered")


@pytest.mark.parametrize(
    ("result", "on_record"), [("no_answer", "unanswered"), ("new_time", "answered")]
)
def test_an_attempt_is_on_the_record_of_a_borrower_we_know(
    session, vault, attempt, result, on_record
):
    borrower = make_borrower(session, vault)
    attempt(ask(session, vault, borrower_id=borrower.id), result=result)
    attempt(ask(session, vault), key="try-2")
    contact = session.scalars(select(Contact)).one()
    assert (contact.borrower_id, contact.purpose, contact.result) == (
        borrower.id,
        "service",
        on_record,
    )


def test_one_calls_until_let_go_of(session, vault, at_desk, attempt, answer):
    asked = ask(session, vault)
    lan, lin = at_desk("agent", username="lan"), at_desk("agent", username="lin")
    boss = at_desk("supervisor", username="zhou")
    for _ in range(2):
        take_callback(session, lan, public_id=asked)
    with pytest.raises(CallbackOfAnother):
        take_callback(session, lin, public_id=asked)
    with pytest.raises(CallbackOfAnother):
        release_callback(session, lin, public_id=asked)
    with pytest.raises(CallbackOfAnother):
        attempt(asked, by=lin.actor)
    with pytest.raises(CallbackOfAnother):
        answer(asked, by=lin.actor)
    by_at = stored(session, asked).answer_by_at
    release_callback(session, boss, public_id=asked)
    release_callback(session, boss, public_id=asked)
    assert (stored(session, asked).owner, stored(session, asked).answer_by_at) == (None, by_at)
    answer(asked, by=lin.actor)
    assert stored(session, asked).owner == lin.actor.who
    assert trail(session)[-3:] == ["callback.taken", "callback.released", "callback.answered"]


def test_what_was_answered_is_taken_by_nobody_and_stays_with_who_answered(
    session, vault, at_desk, answer
):
    asked = ask(session, vault)
    answer(asked)
    owner = stored(session, asked).owner
    with pytest.raises(AlreadyAnswered):
        take_callback(session, at_desk("agent", username="lin"), public_id=asked)
    release_callback(session, at_desk("supervisor", username="zhou"), public_id=asked)
    assert stored(session, asked).owner == owner


def test_an_unknown_one_is_not_found(session, at_desk, attempt):
    lan = at_desk("agent", username="lan")
    for act in (take_callback, release_callback):
        with pytest.raises(NotFound):
            act(session, lan, public_id="x" * 20)
    with pytest.raises(NotFound):
        attempt("x" * 20)


@pytest.mark.race
def test_of_many_who_try_or_answer_at_once_one_calls(database, vault, site):
    with database.sessions() as session:
        asked = ask(session, vault)

    def tap(number):
        context = acting(actor=Actor(f"staff:{number}"), vault=vault, site=site)
        request = {"public_id": asked, "request_key": f"key-{number}"}
        with database.sessions() as own:
            if number % 2:
                answer_callback(own, context, note=NOTE, **request)
            else:
                note_attempt(own, context, result="no_answer", next_at=SOON, **request)
            return "answered" if number % 2 else "open"

    results = run_together(tap, threads=12)
    (won,) = [one for one in results if isinstance(one, str)]
    refused = Counter(type(one) for one in results if not isinstance(one, str))
    assert refused == {AlreadyAnswered if won == "answered" else CallbackOfAnother: 11}
    with database.sessions() as session:
        row = stored(session, asked)
        tried = session.scalar(select(func.count()).select_from(CallbackAttempt))
        assert (row.state, tried) == (won, 0 if won == "answered" else 1)
        assert len(trail(session)) == 2  # asked, and what one did


@pytest.mark.race
def test_a_double_tap_at_once_is_one_attempt(database, vault, site):
    with database.sessions() as session:
        asked = ask(session, vault)

    def tap(_number):
        with database.sessions() as own:
            note_attempt(
                own,
                acting(actor=Actor("staff:a"), vault=vault, site=site),
                public_id=asked,
                result="no_answer",
                next_at=SOON,
                request_key="key",
            )
            return "done"

    assert run_together(tap, threads=12) == ["done"] * 12
    with database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(CallbackAttempt)) == 1
