"""What came for a loan after its file is taken off what the pages ask, until a later file."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from app.models import Loan, LoanSnapshot
from app.services.borrowers.home_queries import totals_of
from app.services.keeping.accounts import accounts_of
from app.services.loans.queries import loan_page
from app.services.proposals.basis import Answers
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.money import arrived, matched, plan_of, undone
from tests.support.signing import plain, signed

ANSWERS = Answers(upfront_fen=50_000, monthly_fen=130_000, pay_day=10, choice="best_fit")
TODAY = date(2026, 11, 23)


def came(session, loan, *, fen, on=TODAY, at=None, **how):
    payment = arrived(session, fen=fen, on=on, at=at, **how)
    matched(session, payment, loan=loan)
    session.commit()
    return payment


def view_of(session, borrower, loan):
    session.rollback()
    found = loan_page(session, acting(), borrower_id=borrower.id, public_id=loan.public_id)
    return found.loan


def book_of(session, loan) -> date:
    return session.get_one(Loan, loan.id).as_of_on


@pytest.fixture
def before(session, borrower, loan):
    return view_of(session, borrower, loan)


@pytest.fixture
def after_file(session, loan) -> date:
    """A day of which the file knows nothing yet."""
    return book_of(session, loan) + timedelta(days=1)


def test_it_is_taken_off_what_is_asked_and_off_the_pay_off(
    session, borrower, loan, before, after_file
):
    came(session, loan, fen=7_001, on=after_file)
    found = view_of(session, borrower, loan)
    assert found.today_fen == before.today_fen - 7_001
    assert found.payoff_fen == before.payoff_fen - 7_001
    totals = totals_of([found])
    parts = totals.principal_fen + totals.interest_fen + totals.penalty_fen + totals.fee_fen
    assert parts + totals.due_today_fen - totals.taken_off_fen - 7_001 == totals.today_fen
    assert totals.received_fen == 7_001


def test_nothing_is_ever_asked_below_zero(session, borrower, loan, before, after_file):
    came(session, loan, fen=before.owed.payoff_fen + 5, on=after_file)
    found = view_of(session, borrower, loan)
    assert (found.today_fen, found.payoff_fen) == (0, 0)
    assert totals_of([found]).received_fen == before.today_fen


def test_what_the_file_may_hold_is_taken_off_by_the_file_alone(session, borrower, loan, before):
    came(session, loan, fen=7_001, on=book_of(session, loan))
    assert view_of(session, borrower, loan).today_fen == before.today_fen


def test_a_later_file_is_the_book_again(session, borrower, loan, before, after_file):
    came(session, loan, fen=7_001, on=after_file)
    session.execute(update(Loan).values(as_of_on=after_file))
    session.execute(update(LoanSnapshot).values(as_of_on=after_file))
    session.commit()
    assert view_of(session, borrower, loan).received_fen == 0


@pytest.mark.parametrize("how", ["undone", "reversed"])
def test_what_was_taken_back_is_asked_again(session, borrower, loan, before, after_file, how):
    payment = came(session, loan, fen=7_001, on=after_file)
    if how == "undone":
        undone(session, payment, at=NOW)
    else:
        came(session, loan, fen=7_001, on=after_file, reverses=payment)
    assert view_of(session, borrower, loan).today_fen == before.today_fen


def test_with_the_signature_it_is_money_ahead_of_the_plan(
    session, gateways, site, borrower, loan, after_file
):
    payment = came(session, loan, fen=7_001, on=after_file, at=NOW - timedelta(hours=1))
    number = signed(session, plain(gateways), site, borrower=borrower, loan=loan, answers=ANSWERS)
    plan = plan_of(session, number)
    (money,) = accounts_of(session, plan_ids=[plan.id])[plan.id].money
    assert (money.fen, money.paid_on, money.reverses) == (7_001, TODAY, None)
    assert view_of(session, borrower, loan).kept.received[0].ahead_fen == 7_001
    # What its bank takes back later is taken back from the plan.
    came(session, loan, fen=7_001, on=TODAY, at=NOW + timedelta(hours=1), reverses=payment)
    money = accounts_of(session, plan_ids=[plan.id])[plan.id].money
    assert [one.reverses for one in money] == [None, money[0].number]


def test_what_came_before_the_file_or_after_the_signature_is_not_the_plans(
    session, gateways, site, borrower, loan
):
    came(session, loan, fen=7_001, on=book_of(session, loan), at=NOW - timedelta(hours=1))
    number = signed(session, plain(gateways), site, borrower=borrower, loan=loan, answers=ANSWERS)
    came(session, loan, fen=7_002, on=TODAY, at=NOW + timedelta(hours=1))
    plan = plan_of(session, number)
    assert accounts_of(session, plan_ids=[plan.id])[plan.id].money == ()
