"""Asking for a change hands a case to the borrower: it waits for them, our clock stands still, and
goes on with what was left once they have the word no more.
"""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.models import AuditEntry
from app.services.cases.owners import take_case
from app.services.proposals.submitting import withdraw_plan
from app.services.threads.answering import answer_thread, close_thread
from app.services.threads.opening import end_thread
from app.services.upkeep.invariants import check_invariants
from tests.support.acting import acting
from tests.support.appeals import answer as answer_appeal
from tests.support.appeals import appeal, refused
from tests.support.cases import case_of
from tests.support.clock import NOW
from tests.support.proposals import decide, make_staff, submitted
from tests.support.threads import actor_at_desk, actor_of, add, ask_change, handler, write

DAY = timedelta(days=1)
PROMISED = date(2026, 12, 2)  # seven working days after NOW, a Monday
APPEALED = date(2026, 12, 2)


@pytest.fixture
def mei(session):
    return handler(session)


@pytest.fixture
def desk(session, vault, site, mei):
    """What the desk does, in the words of its pages."""

    class Desk:
        def ask(self, version, *, now=NOW):
            return ask_change(session, vault, site, version, mei, now=now)

        def answer(self, thread, *, now=NOW):
            answer_thread(
                session,
                acting(now=now, actor=actor_at_desk(mei), vault=vault, site=site, staff=mei),
                thread_public_id=thread,
                words="意思是期数少一些",
                request_key=str(uuid4()),
            )

        def close(self, thread, *, now=NOW):
            context = acting(now=now, actor=actor_at_desk(mei), staff=mei)
            close_thread(session, context, thread_public_id=thread)

    return Desk()


@pytest.fixture
def version(session, vault, site, borrower) -> str:
    return submitted(session, vault, site, borrower=borrower)


def waits(session, version):
    found = case_of(session, version)
    return found.waits_for, found.waits_since_at, found.answer_by_on


def told(session):
    """What the last entry says of the case."""
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    return entry.after.get("waits_for"), entry.after.get("answer_by_on")


def holds(session, vault):
    return check_invariants(session, gateways=acting(vault=vault).gateways)[1] == ()


def test_a_proposal_waits_for_us_from_its_submission(session, version):
    assert waits(session, version) == ("us", NOW, PROMISED)


def test_asking_makes_it_the_borrowers_turn_on_record(session, version, desk, vault):
    desk.ask(version, now=NOW + DAY)
    assert waits(session, version) == ("borrower", NOW + DAY, PROMISED)
    assert told(session) == ("borrower", "2026-12-02")
    assert holds(session, vault)


def test_asking_again_before_a_reply_changes_nothing(session, version, desk):
    desk.ask(version)
    desk.ask(version, now=NOW + DAY)
    assert waits(session, version) == ("borrower", NOW, PROMISED)


@pytest.mark.parametrize(
    ("asked", "replied", "by"),
    [
        (0, 0, PROMISED),  # the same day: nothing was lost
        (0, 4, date(2026, 12, 8)),  # seven working days were left, from Friday on
        (0, 5, date(2026, 12, 8)),  # on a Saturday
        (8, 20, date(2026, 12, 14)),  # one was left, from Sunday on
        (9, 10, date(2026, 12, 4)),  # none was left: those of a first reply
        (9, 9, date(2026, 12, 3)),
        (10, 20, PROMISED),  # asked when it was late already: late it stays
    ],
)
def test_the_clock_goes_on_with_the_working_days_that_were_left(
    session, vault, borrower, version, desk, asked, replied, by
):
    thread = desk.ask(version, now=NOW + asked * DAY)
    at = NOW + replied * DAY
    add(session, vault, borrower, thread, now=at)
    assert waits(session, version) == ("us", at, by)
    assert told(session) == ("us", by.isoformat())
    assert holds(session, vault)


def test_more_words_of_the_borrower_move_nothing(session, vault, borrower, version, desk):
    thread = desk.ask(version)
    add(session, vault, borrower, thread, now=NOW + DAY)
    before = waits(session, version)
    add(session, vault, borrower, thread, words="还有一句", now=NOW + 2 * DAY)
    assert waits(session, version) == before
    assert told(session) == (None, None)


def test_whose_word_is_last_in_the_thread_decides(session, vault, borrower, version, desk):
    thread = desk.ask(version)
    add(session, vault, borrower, thread, now=NOW + DAY)
    desk.answer(thread, now=NOW + 2 * DAY)
    assert waits(session, version)[0] == "borrower"
    add(session, vault, borrower, thread, words="明白了", now=NOW + 3 * DAY)
    # one working day went by in our hands, two in the borrower's
    assert waits(session, version) == ("us", NOW + 3 * DAY, date(2026, 12, 4))
    assert holds(session, vault)


def test_either_side_may_end_it(session, vault, borrower, version, desk):
    desk.close(desk.ask(version))
    assert waits(session, version)[0] == "us"
    thread = desk.ask(version)
    context = acting(now=NOW + DAY, actor=actor_of(borrower))
    end_thread(session, context, borrower_id=borrower.id, thread_public_id=thread)
    assert waits(session, version) == ("us", NOW + DAY, date(2026, 12, 3))
    assert told(session) == ("us", "2026-12-03")


def test_what_the_borrower_asks_of_us_hands_nothing_over(session, vault, borrower, version, desk):
    thread = write(session, vault, borrower, about="my_plan", version=version)
    desk.answer(thread)
    assert waits(session, version) == ("us", NOW, PROMISED)


def test_an_appeal_is_answered_as_it_is_and_asks_for_no_change(session, vault, site, desk):
    borrower, version = refused(session, vault, site)
    appeal(session, vault, borrower, version)
    desk.ask(version)
    assert waits(session, version) == ("second_person", NOW, APPEALED)
    answer_appeal(session, vault, site, version, make_staff(session), answer="refuse")
    assert waits(session, version)[0] == "nobody"
    assert holds(session, vault)


def test_who_refused_stops_no_appeal_by_answering_the_old_thread(
    session, vault, site, borrower, desk
):
    version = submitted(session, vault, site, borrower=borrower)
    thread = desk.ask(version)
    add(session, vault, borrower, thread)
    decide(session, vault, site, version, make_staff(session), answer="refuse")
    session.refresh(borrower)
    appeal(session, vault, borrower, version)
    desk.answer(thread)
    assert waits(session, version) == ("second_person", NOW, APPEALED)
    assert holds(session, vault)


def test_only_the_owner_of_a_case_stops_its_clock(session, vault, borrower, version, desk):
    thread = desk.ask(version)
    add(session, vault, borrower, thread)
    owner = make_staff(session)
    take_case(session, acting(vault=vault, staff=owner), version_public_id=version)
    desk.answer(thread)
    assert waits(session, version)[0] == "us"
    assert holds(session, vault)


def test_an_appeal_begins_without_the_question_from_before(session, vault, site, borrower, desk):
    version = submitted(session, vault, site, borrower=borrower)
    thread = desk.ask(version)
    decide(session, vault, site, version, make_staff(session), answer="refuse")
    assert waits(session, version)[0] == "nobody"
    session.refresh(borrower)
    appeal(session, vault, borrower, version)
    assert waits(session, version)[0] == "second_person"
    add(session, vault, borrower, thread)
    assert waits(session, version)[0] == "second_person"
    assert holds(session, vault)


def test_an_answer_may_be_given_while_the_borrower_was_asked(
    session, vault, site, borrower, version, desk
):
    thread = desk.ask(version)
    decide(session, vault, site, version, make_staff(session), now=NOW + DAY)
    assert waits(session, version) == ("borrower", NOW + DAY, None)
    session.refresh(borrower)
    add(session, vault, borrower, thread, now=NOW + 2 * DAY)
    assert waits(session, version)[0] == "borrower"
    assert holds(session, vault)


def test_what_was_taken_back_waits_for_nobody_whatever_is_written(
    session, vault, borrower, version, desk
):
    thread = desk.ask(version)
    context = acting(actor=actor_of(borrower))
    withdraw_plan(session, context, borrower_id=borrower.id, version_public_id=version)
    assert waits(session, version) == ("nobody", NOW, None)
    add(session, vault, borrower, thread)
    desk.answer(thread)
    assert waits(session, version)[0] == "nobody"
    assert holds(session, vault)
