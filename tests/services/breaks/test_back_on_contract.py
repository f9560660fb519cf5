"""After a break a loan's pages ask what its contract asks as the plan left it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from app.models import Loan, LoanSnapshot
from app.services.core.transaction import transaction
from app.services.keeping.accounts import standings_of
from app.services.loans.queries import loan_page
from app.services.proposals.basis import Answers, basis_for
from app.services.upholding.following import follow
from tests.factories import make_agreement, make_plan
from tests.services.breaks.conftest import BREAK_DAYS, BROKEN
from tests.support.money import arrived, matched, paid, plan_of

AS_OF = date(2026, 11, 20)


@pytest.fixture
def on_page(session, later, borrower):
    """The page of the loan so many days after the signature."""

    def shown(days=BREAK_DAYS):
        session.expire_all()
        loan = session.scalars(select(Loan)).one()
        return loan_page(
            session, later(days), borrower_id=borrower.id, public_id=loan.public_id
        ).loan

    return shown


def filed(session, as_of: date, **figures) -> None:
    """A nightly file of a day stands, with the figures of the one before but for these."""
    loan = session.scalars(select(Loan)).one()
    before = session.scalars(
        select(LoanSnapshot).order_by(LoanSnapshot.as_of_on.desc()).limit(1)
    ).one()
    names = [one.name for one in LoanSnapshot.__table__.columns if one.name not in ("id",)]
    values = {name: getattr(before, name) for name in names} | {"as_of_on": as_of} | figures
    session.add(LoanSnapshot(**values))
    session.execute(update(Loan).where(Loan.id == loan.id).values(as_of_on=as_of))
    session.commit()


def stands(session, number, on):
    plan = plan_of(session, number)
    return standings_of(session, plan_ids=[plan.id], as_of=on)[plan.id]


def test_the_page_asks_what_the_contract_asks(session, broken, on_page):
    now = stands(session, broken, BROKEN)
    loan = on_page()
    assert (loan.kept, loan.is_by_plan) == (None, False)
    assert (loan.today_fen, loan.payoff_fen) == (now.due_fen, now.payoff_fen)
    assert loan.may_propose
    later_on = BROKEN + timedelta(days=20)
    grown = on_page(BREAK_DAYS + 20)
    assert grown.today_fen == stands(session, broken, later_on).due_fen > loan.today_fen


def test_what_is_paid_for_the_loan_afterwards_is_laid_on_it(session, broken, on_page, later):
    loan = session.scalars(select(Loan)).one()
    before = on_page(BREAK_DAYS + 2).today_fen
    payment = arrived(session, fen=20_000, on=BROKEN + timedelta(days=1))
    matched(session, payment, loan=loan, at=later(BREAK_DAYS + 2).now)
    session.commit()
    with transaction(session):
        follow(session, later(BREAK_DAYS + 2), plan_ids=[plan_of(session, broken).id])
    session.commit()
    assert on_page(BREAK_DAYS + 2).today_fen < before - 19_900
    found = stands(session, broken, BROKEN + timedelta(days=2))
    assert sum(part.fen for one in found.payments for part in one.covered) == 20_000


@pytest.mark.parametrize("days", [-10, 0, 5])
def test_a_file_of_the_break_or_later_is_the_book_where_it_asks_no_more(
    session, broken, on_page, days
):
    asked = on_page(BREAK_DAYS + 6)
    filed(session, BROKEN + timedelta(days=days), paid=asked.paid + 1)
    session.execute(update(Loan).values(paid=asked.paid + 1))
    session.commit()
    now = on_page(BREAK_DAYS + 6)
    assert (now.back.is_by_file, now.payoff_fen < asked.payoff_fen) == ((days >= 0),) * 2


def test_a_file_that_asks_more_does_not_count(session, broken, on_page):
    asked = on_page(BREAK_DAYS + 6).payoff_fen
    paid(session, broken, fen=60_000, on=BROKEN, at=None)
    filed(session, BROKEN + timedelta(days=3))
    less = on_page(BREAK_DAYS + 6)
    assert less.payoff_fen < asked - 59_000
    assert not less.back.is_by_file


def test_another_plan_stands_on_what_the_contract_left(session, broken, on_page, later, borrower):
    loan = session.scalars(select(Loan)).one()
    context = later(BREAK_DAYS + 1)
    basis = basis_for(session, context, borrower_id=borrower.id, loan_public_id=loan.public_id)
    basis.check_may_propose()
    asked = on_page(BREAK_DAYS + 1)
    assert basis.payoff_fen == asked.payoff_fen
    answers = Answers(
        upfront_fen=0, monthly_fen=200_000, pay_day=10, choice="lowest", is_income_done=True
    )
    chosen = basis.chosen(answers)
    assert chosen is not None
    # No plan broken in 180 days: a person answers, and nothing is in the way.
    assert chosen.option.verdict == "needs_person"


def test_while_another_is_proposed_nothing_accrues(session, broken, on_page):
    loan = session.scalars(select(Loan)).one()
    make_plan(session, loan, state="submitted", start_on=BROKEN + timedelta(days=2))
    assert on_page(BREAK_DAYS + 2).payoff_fen == on_page(BREAK_DAYS + 30).payoff_fen
    day = BROKEN + timedelta(days=2)
    assert stands(session, broken, day).due_fen == stands(session, broken, day).due_fen


def test_the_signed_one_is_the_book_from_then_on(session, broken, on_page, later):
    loan = session.scalars(select(Loan)).one()
    start = BROKEN + timedelta(days=2)
    version = make_plan(session, loan, state="signed", start_on=start)
    other = make_agreement(session, version, signed_at=later(BREAK_DAYS + 3).now)
    asked = stands(session, broken, start)
    payment = arrived(session, fen=5_000, on=start + timedelta(days=1))
    matched(session, payment, loan=loan, at=later(BREAK_DAYS + 3).now - timedelta(hours=1))
    session.commit()
    # Between start and signature: money ahead of the new plan, and none of the broken one's.
    assert [one.number for one in stands(session, broken, start + timedelta(days=9)).payments] == []
    assert asked.due_fen
    assert len(stands(session, other.number, start + timedelta(days=9)).payments) == 1
