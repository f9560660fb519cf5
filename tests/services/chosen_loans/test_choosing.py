"""The loans of a plan are an answer: kept, moved along with the journey, submitted together."""

import pytest
from sqlalchemy import func, select

from app.domain.budget import SUM, Budget
from app.domain.errors import NotFound
from app.domain.kinds.ground import TooManyLoans
from app.domain.plan_terms import read_terms
from app.models import Hold, PlanDraft, PlanLoan, PlanPart, PlanVersion
from app.services.affordability.telling import tell_budget
from app.services.chosen_loans.choosing import save_loans
from app.services.chosen_loans.queries import LoanNotChoosable
from app.services.proposals.basis import Answers
from app.services.proposals.drafts import save_answers
from app.services.proposals.queries import plan_check, plan_journey
from app.services.proposals.submitting import submit_plan, withdraw_plan
from app.services.upkeep.invariants import check_invariants
from tests.factories import make_borrower, make_loan, make_plan
from tests.support.acting import acting
from tests.support.proposals import ANSWERS, actor_of


@pytest.fixture
def borrower(session, vault):
    return make_borrower(session, vault)


def choose(session, vault, borrower, start, loans):
    return save_loans(
        session,
        acting(vault=vault),
        borrower_id=borrower.id,
        loan_public_id=start.public_id,
        loans=[one.public_id for one in loans],
    )


def submit(session, vault, site, borrower, start):
    mine = {"borrower_id": borrower.id, "loan_public_id": start.public_id}
    now = acting(actor=actor_of(borrower), vault=vault, site=site)
    view = plan_check(session, now, **mine)
    return submit_plan(
        session,
        now,
        **mine,
        shown_sha256=view.shown_sha256,
        request_key=view.journey.request_key,
    )


@pytest.mark.parametrize("number", [2, 3, 10])
def test_one_plan_over_several_loans(session, vault, site, borrower, number):
    loans = [make_loan(session, borrower, paid=6 + n % 3) for n in range(number)]
    choose(session, vault, borrower, loans[0], loans)
    mine = {"borrower_id": borrower.id, "loan_public_id": loans[0].public_id}
    save_answers(
        session,
        acting(vault=vault),
        **mine,
        given=Answers(
            upfront_fen=100_001, monthly_fen=130_000 * number, pay_day=10, choice="best_fit"
        ),
    )
    journey = plan_journey(session, acting(vault=vault), **mine)
    version = session.scalars(
        select(PlanVersion).where(
            PlanVersion.public_id == submit(session, vault, site, borrower, loans[0])
        )
    ).one()
    terms = read_terms(version.terms)
    assert {one.public_id for one in terms.loans} == {one.public_id for one in loans}
    assert journey.payoff_fen == terms.payoff_fen == sum(one.payoff_fen for one in terms.loans)
    assert [one.days_past_due for one in terms.loans] == sorted(
        (one.days_past_due for one in terms.loans), reverse=True
    )
    assert version.total_fen == sum(one.total_fen for one in terms.loans)
    assert terms.first_payment.amount_fen == 100_001
    stored = session.execute(
        select(PlanPart.loan_id, func.sum(PlanPart.fen)).group_by(PlanPart.loan_id)
    ).all()
    by_id = {one.id: one.public_id for one in loans}
    assert {by_id[loan]: int(fen) for loan, fen in stored} == {
        one.public_id: one.total_fen for one in terms.loans
    }
    assert (
        session.scalar(select(func.count()).select_from(PlanLoan).where(PlanLoan.is_open)) == number
    )
    assert session.scalar(select(func.count(Hold.loan_id.distinct()))) == number
    assert session.scalars(select(PlanDraft)).all() == []
    assert check_invariants(session, gateways=acting(vault=vault).gateways)[1] == ()


def test_taken_back_every_loan_is_free_and_the_answers_stand(session, vault, site, borrower):
    loans = [make_loan(session, borrower) for _one in range(3)]
    choose(session, vault, borrower, loans[0], loans)
    mine = {"borrower_id": borrower.id, "loan_public_id": loans[0].public_id}
    save_answers(session, acting(vault=vault), **mine, given=ANSWERS)
    version = submit(session, vault, site, borrower, loans[0])
    withdraw_plan(
        session, acting(vault=vault, site=site), borrower_id=borrower.id, version_public_id=version
    )
    assert not any(session.scalars(select(PlanLoan.is_open)))
    journey = plan_journey(session, acting(vault=vault), **mine)
    assert [one.public_id for one in journey.loans] == [one.public_id for one in loans]


def test_left_out_the_loan_of_the_start_hands_its_answers_on(session, vault, borrower):
    first, late, later = (make_loan(session, borrower, paid=paid) for paid in (8, 6, 7))
    mine = {"borrower_id": borrower.id, "loan_public_id": first.public_id}
    save_answers(session, acting(vault=vault), **mine, given=Answers(monthly_fen=90_000))
    assert choose(session, vault, borrower, first, [late, later]) == late.public_id
    (row,) = session.scalars(select(PlanDraft))
    assert (row.loan_id, row.answers["monthly_fen"]) == (late.id, 90_000)
    journey = plan_journey(
        session, acting(vault=vault), borrower_id=borrower.id, loan_public_id=late.public_id
    )
    assert [one.public_id for one in journey.loans] == [late.public_id, later.public_id]


def test_what_cannot_be_chosen_is_refused_and_nothing_kept(session, vault, borrower):
    one, other = make_loan(session, borrower), make_loan(session, borrower)
    taken = make_loan(session, borrower)
    make_plan(session, taken)
    foreign = make_loan(session, make_borrower(session, vault, mobile="19003740001"))
    for loans in ([], [one, taken], [one, foreign]):
        with pytest.raises(LoanNotChoosable):
            choose(session, vault, borrower, one, loans)
        session.rollback()
    with pytest.raises(NotFound):
        choose(session, vault, borrower, foreign, [one, other])
    session.rollback()
    assert session.scalars(select(PlanDraft)).all() == []


def test_eleven_are_too_many(session, vault, borrower):
    loans = [make_loan(session, borrower) for _one in range(11)]
    with pytest.raises(TooManyLoans):
        choose(session, vault, borrower, loans[0], loans)


def test_one_that_was_taken_meanwhile_is_left_out(session, vault, borrower):
    one, other = make_loan(session, borrower), make_loan(session, borrower)
    choose(session, vault, borrower, one, [one, other])
    make_plan(session, other)
    journey = plan_journey(
        session, acting(vault=vault), borrower_id=borrower.id, loan_public_id=one.public_id
    )
    assert [each.public_id for each in journey.loans] == [one.public_id]


@pytest.mark.parametrize(
    ("told", "left"),
    [
        (Budget(people=1, incomes={"own": 500_000}, spending={}, debts_fen=0), {}),
        (Budget.of_sums(500_000, 100_000), {}),
    ],
)
def test_what_the_other_loans_ask_for_is_counted_anew(session, vault, borrower, told, left):
    loans = [make_loan(session, borrower) for _ in range(2)]
    mine = {"borrower_id": borrower.id, "loan_public_id": loans[0].public_id}

    def regular():
        return plan_journey(session, acting(vault=vault), **mine).budget.regular

    choose(session, vault, borrower, loans[0], loans[:1])
    tell_budget(session, acting(vault=vault), **mine, part=told)
    counted = regular()
    assert list(counted) == ([] if SUM in told.incomes else [loans[1].ref])
    choose(session, vault, borrower, loans[0], loans)
    assert regular() == left
    choose(session, vault, borrower, loans[0], loans[:1])
    assert regular() == counted
