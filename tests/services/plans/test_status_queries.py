"""A version as its borrower reads it: what happened in order, the last answer, what may be done and
by when.
"""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from app.domain.errors import NotFound
from app.models import Hold, Loan
from app.services.plans.status_queries import plan_status
from app.services.proposals.changing import begin_change
from tests.factories import make_borrower, make_loan, make_plan
from tests.support.acting import acting
from tests.support.appeals import answer, appeal, refused
from tests.support.clock import NOW
from tests.support.proposals import approved_at_once, decide, make_staff, submitted
from tests.support.several import proposed_over, three_loans


def status(session, borrower, version, *, now=NOW):
    found = plan_status(
        session, acting(now=now), borrower_id=borrower.id, version_public_id=version
    )
    session.rollback()
    return found


def happened(found):
    return [one.what for one in found.events]


def test_a_proposal_waits_and_may_be_withdrawn(session, vault, site, borrower, loan):
    found = status(session, borrower, submitted(session, vault, site, borrower=borrower, loan=loan))
    assert (found.state, happened(found), found.may_withdraw) == ("submitted", ["received"], True)
    assert (found.decide_by_on, found.may_appeal, found.reason) == (date(2026, 12, 2), False, "")
    assert (found.hold.loan_id, found.hold.until_at) == (loan.id, None)
    assert [one.tail for one in found.loans] == [loan.ref[-4:]]


def test_what_policy_approved_is_told_so_beside_the_submission(
    session, vault, site, borrower, loan
):
    version = approved_at_once(session, vault, site, borrower=borrower, loan=loan)
    found = status(session, borrower, version)
    assert (happened(found), found.is_at_once) == (["approved_at_once", "received"], True)
    assert found.valid_until_on == date(2026, 11, 30)


@pytest.mark.parametrize(("days", "state", "end"), [(7, "approved", False), (8, "expired", True)])
def test_an_offer_is_over_with_its_last_day_whether_or_not_that_is_on_record(
    session, vault, site, borrower, loan, days, state, end
):
    version = approved_at_once(session, vault, site, borrower=borrower, loan=loan)
    later = NOW + timedelta(days=days)
    found = status(session, borrower, version, now=later)
    assert (found.state, found.may_withdraw, found.hold is None) == (state, not end, end)
    assert found.ended_at == (later if end else None)


def test_a_refusal_tells_reason_words_and_until_when_it_may_be_appealed(session, vault, site):
    borrower, version = refused(session, vault, site)
    found = status(session, borrower, version)
    assert happened(found) == ["refused", "received"]
    assert found.events[0].words == found.words != ""
    assert found.reason
    assert (found.may_appeal, found.appeal_until_on) == (True, date(2026, 12, 23))
    assert found.answer_by_on == date(2026, 12, 2)  # seven working days from today
    for days, may in ((30, True), (31, False)):
        later = status(session, borrower, version, now=NOW + timedelta(days=days))
        assert (later.may_appeal, later.answer_by_on is not None) == (may, may)


def test_an_appeal_and_its_answer_come_on_top(session, vault, site):
    borrower, version = refused(session, vault, site)
    filed = NOW + timedelta(hours=1)
    appeal(session, vault, borrower, version, now=filed)
    found = status(session, borrower, version, now=filed)
    assert (happened(found), found.may_appeal) == (["appealed", "refused", "received"], False)
    assert found.answer_by_on == date(2026, 12, 2)
    words = "看过了，还是太久，想和您再商量。"
    at = NOW + timedelta(hours=2)
    answer(session, vault, site, version, make_staff(session), answer="refuse", now=at)
    found = status(session, borrower, version, now=at)
    assert happened(found) == ["upheld", "appealed", "refused", "received"]
    assert (found.state, found.words) == ("upheld", words)


def test_another_plan_in_hand_is_named_where_an_appeal_would_meet_it(session, vault, site):
    borrower, version = refused(session, vault, site)
    assert status(session, borrower, version).other_open is None
    loan = session.scalars(select(Loan).where(Loan.borrower_id == borrower.id)).one()
    second = make_plan(session, loan)
    assert status(session, borrower, version).other_open == second.public_id


def test_what_staff_approved_is_told_so_and_is_not_found_by_anyone_else(
    session, vault, site, borrower, loan
):
    version = submitted(session, vault, site, borrower=borrower, loan=loan)
    decide(session, vault, site, version, make_staff(session), now=NOW)
    assert happened(status(session, borrower, version)) == ["approved", "received"]
    stranger = make_borrower(session, vault, mobile="19003740001")
    make_loan(session, stranger)
    with pytest.raises(NotFound):
        status(session, stranger, version)


@pytest.mark.parametrize(("days", "first"), [(29, False), (30, False), (31, True)])
def test_the_time_to_appeal_may_end_before_the_hold_does(session, vault, site, days, first):
    borrower, version = refused(session, vault, site)
    found = status(session, borrower, version)
    assert not found.appeal_ends_first
    longer = replace(found.hold, until_at=NOW + timedelta(days=days))
    assert replace(found, hold=longer).appeal_ends_first is first
    assert not replace(found, hold=None).appeal_ends_first


@pytest.mark.parametrize(("days", "late"), [(9, False), (10, True)])
def test_it_is_late_once_our_day_has_passed(session, vault, site, borrower, loan, days, late):
    version = submitted(session, vault, site, borrower=borrower, loan=loan)
    found = status(session, borrower, version, now=NOW + timedelta(days=days))
    assert found.due_on == date(2026, 12, 2)
    assert found.is_late is late


def test_an_answered_one_is_never_late(session, vault, site):
    borrower, version = refused(session, vault, site)
    later = NOW + timedelta(days=25)
    assert not status(session, borrower, version, now=later).is_late
    appeal(session, vault, borrower, version, now=later)
    assert not status(session, borrower, version, now=later).is_late
    assert status(session, borrower, version, now=later + timedelta(days=25)).is_late


@pytest.mark.parametrize("count", [1, 3])
def test_all_loans_of_a_plan_are_named_longest_overdue_first(session, vault, site, count):
    borrower, loans = three_loans(session, vault, count)
    version = proposed_over(session, vault, site, borrower, loans)
    found = status(session, borrower, version.public_id)
    named = [one.public_id for one in reversed(loans)]
    assert [one.public_id for one in found.loans] == named
    assert found.loan_public_id == named[0]
    assert found.hold.until_at is None


def test_contact_is_on_hold_where_every_loan_is_and_till_the_first_hold_ends(session, vault, site):
    borrower, loans = three_loans(session, vault)
    version = proposed_over(session, vault, site, borrower, loans).public_id

    def held(loan, until):
        rows = update(Hold).where(Hold.loan_id == loan.id).values(until_at=until)
        session.execute(rows)
        session.commit()
        return status(session, borrower, version).hold

    first = NOW + timedelta(days=2)
    assert held(loans[2], NOW + timedelta(days=5)).until_at == NOW + timedelta(days=5)
    assert held(loans[1], first).until_at == first
    assert held(loans[0], NOW) is None


@pytest.mark.parametrize("number", [0, 1, 2])
def test_another_plan_on_any_of_its_loans_stands_in_the_way(session, vault, site, number):
    borrower, loans = three_loans(session, vault)
    version = proposed_over(session, vault, site, borrower, loans).public_id
    decide(session, vault, site, version, make_staff(session), answer="refuse")
    assert status(session, borrower, version).other_open is None
    second = make_plan(session, loans[number])
    assert status(session, borrower, version).other_open == second.public_id


def test_a_change_begins_at_the_loan_that_is_longest_overdue(session, vault, site):
    borrower, loans = three_loans(session, vault)
    version = proposed_over(session, vault, site, borrower, loans).public_id
    assert not status(session, borrower, version).is_being_changed
    began = begin_change(
        session, acting(vault=vault), borrower_id=borrower.id, version_public_id=version
    )
    assert began == loans[2].public_id
    assert status(session, borrower, version).is_being_changed
