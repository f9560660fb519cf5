"""The days a proposal was open do not count once it has ended without a signature."""

from datetime import UTC, date, datetime

from app.models import Loan
from app.services.core.policy import active_policy
from app.services.loans.figures import figures_where
from tests.factories import make_borrower, make_loan, make_plan

TODAY = date(2026, 11, 23)


def figures(session, loan, today=TODAY):
    return figures_where(
        session, Loan.id == loan.id, policy=active_policy(session)[1], today=today
    )[0].owed


def test_an_open_proposal_holds_the_figures_at_its_start(session, vault):
    loan = make_loan(session, make_borrower(session, vault))
    before = figures(session, loan, date(2026, 11, 21))
    make_plan(session, loan, start_on=date(2026, 11, 21))
    assert figures(session, loan) == before


def test_a_loan_missing_from_the_file_stands_still_at_its_last_file(session, vault):
    loan = make_loan(session, make_borrower(session, vault), as_of_on=date(2026, 11, 20))
    then, now = figures(session, loan, date(2026, 11, 20)), figures(session, loan)
    assert now.payoff_fen > then.payoff_fen
    loan.missing_since_on = date(2026, 11, 21)
    session.flush()
    assert figures(session, loan) == then


def test_after_a_refusal_its_days_stay_free(session, vault):
    loan = make_loan(session, make_borrower(session, vault))
    plain = figures(session, loan)
    make_plan(
        session,
        loan,
        state="refused",
        start_on=date(2026, 11, 13),
        ended_at=datetime(2026, 11, 20, 3, 0, tzinfo=UTC),
    )
    after = figures(session, loan)
    assert after.days_past_due == plain.days_past_due
    assert [one.days - one.charged_days for one in after.overdue] == [
        min(7, max(0, (date(2026, 11, 20) - one.due_on).days)) for one in after.overdue
    ]
    assert after.payoff_fen < plain.payoff_fen
