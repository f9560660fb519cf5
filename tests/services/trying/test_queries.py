"""Other numbers beside the plan that stands: computed like any plan, nothing kept."""

from datetime import date

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.domain.plan import FirstPaymentTooLarge
from app.models import Loan, PlanDraft
from app.services.core.policy import active_policy
from app.services.loans.figures import figures_where
from app.services.proposals.basis import Answers
from app.services.proposals.drafts import save_answers
from app.services.trying.queries import Limits, limits_of, what_if
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.proposals import ANSWERS


@pytest.fixture
def borrower(session, vault):
    return make_borrower(session, vault)


@pytest.fixture
def loan(session, vault, borrower):
    loan = make_loan(session, borrower)
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    save_answers(session, acting(vault=vault), **mine, given=ANSWERS)
    return loan


def tried(session, vault, borrower, loan, **other):
    return what_if(
        session,
        acting(vault=vault),
        borrower_id=borrower.id,
        loan_public_id=loan.public_id,
        other=Answers(**other),
    )


@pytest.mark.parametrize("periods", [3, 12, 36, 60])
def test_an_own_number_of_instalments_beside_the_amount(session, vault, borrower, loan, periods):
    found = tried(session, vault, borrower, loan, periods=periods)
    assert found.tried.terms.periods == periods
    assert found.difference.periods == periods - found.terms.periods
    assert found.difference.total_fen == found.tried.terms.total_fen - found.terms.total_fen
    (row,) = session.scalars(select(PlanDraft))
    assert row.answers.get("periods") is None


def test_a_smaller_amount_is_longer_and_dearer(session, vault, borrower, loan):
    found = tried(session, vault, borrower, loan, monthly_fen=80_000)
    assert found.difference.usual_fen < 0 < found.difference.periods
    assert found.difference.plan_interest_fen > 0


def test_another_pay_day_and_a_first_payment(session, vault, borrower, loan):
    found = tried(session, vault, borrower, loan, pay_day=20, upfront_fen=50_000)
    assert found.tried.terms.first_on == date(2026, 12, 20)
    assert found.difference.first_payment_fen == 50_000


def test_nothing_changed_is_the_same(session, vault, borrower, loan):
    assert tried(session, vault, borrower, loan).difference.is_same


def test_what_the_rules_refuse_is_told_beside_the_plan_that_stands(session, vault, borrower, loan):
    found = tried(session, vault, borrower, loan, upfront_fen=100_000_000)
    assert isinstance(found.refusal, FirstPaymentTooLarge)
    assert (found.tried, found.difference) == (None, None)
    assert found.terms.total_fen > 0


def test_an_amount_too_small_names_the_smallest(session, vault, borrower, loan):
    found = tried(session, vault, borrower, loan, monthly_fen=1_000)
    assert found.tried is None
    assert found.smallest_fen > 1_000


def test_a_month_later_all_of_it_would_be_more(session, vault, borrower, loan):
    found = tried(session, vault, borrower, loan)
    policy = active_policy(session)[1]
    now, later = (
        figures_where(session, Loan.id == loan.id, policy=policy, today=day)[0].owed.payoff_fen
        for day in (date(2026, 11, 23), date(2026, 12, 23))
    )
    assert (found.waiting.until_on, found.waiting.payoff_fen) == (date(2026, 12, 23), later)
    assert found.waiting.more_fen == later - now > 0


def test_without_a_plan_that_stands_there_is_nothing_beside_it(session, vault, borrower, loan):
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    save_answers(session, acting(vault=vault), **mine, given=Answers(monthly_fen=1_000))
    assert tried(session, vault, borrower, loan) is None


def test_a_loan_of_someone_else_is_not_there(session, vault, loan):
    other = make_borrower(session, vault, mobile="19003740001")
    with pytest.raises(NotFound):
        tried(session, vault, other, loan)


def test_the_limits_are_those_of_the_policy(session):
    assert limits_of(session) == Limits(least=3, most=60, most_low=12)
