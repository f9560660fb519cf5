"""A month is told part by part and sealed; left out it is gone; the loans beside count."""

import pytest
from sqlalchemy import select

from app.domain.budget import Budget
from app.domain.errors import NotFound
from app.domain.proposing import MayNotPropose
from app.models import AuditEntry, PlanDraft
from app.services.affordability.telling import leave_budget_out, tell_budget
from app.services.proposals.basis import Answers
from app.services.proposals.drafts import save_answers
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.telling import draft, earn, tell

PARTS = (
    Budget(people=2),
    Budget(incomes={"own": 500_000, "partner": 0}),
    Budget(spending={"food": 150_000}),
    Budget(debts_fen=20_000),
)


@pytest.fixture
def telling(session, vault, borrower, loan):
    def say(*parts, who=borrower):
        for part in parts:
            tell_budget(
                session,
                acting(vault=vault),
                borrower_id=who.id,
                loan_public_id=loan.public_id,
                part=part,
            )

    return say


def test_part_by_part_beside_the_reason(session, vault, borrower, loan, telling):
    tell(session, vault, borrower, loan, "many_debts", words="几家一起")
    telling(*PARTS[:3])
    kept = draft(session, vault, borrower, loan)
    assert (kept.hardship.reason, kept.hardship.words) == ("many_debts", "几家一起")
    assert (kept.answers.surplus_fen, kept.answers.is_income_done) == (None, None)
    telling(PARTS[3])
    kept = draft(session, vault, borrower, loan)
    assert kept.answers.surplus_fen == 330_000
    assert kept.hardship.budget == Budget(
        2, {"own": 500_000, "partner": 0}, {"food": 150_000}, 20_000, {}
    )


def test_it_is_sealed_and_neither_in_plain_answers_nor_on_record(session, borrower, loan, telling):
    telling(*PARTS)
    row = session.scalars(select(PlanDraft)).one()
    assert row.answers == {}
    assert b"500000" not in row.hardship_enc
    assert session.scalars(select(AuditEntry)).all() == []


def test_told_again_once_and_the_same(session, vault, borrower, loan, telling):
    telling(*PARTS, PARTS[1], PARTS[1])
    assert draft(session, vault, borrower, loan).answers.surplus_fen == 330_000


def test_the_loans_beside_count_as_they_stand_when_debts_are_told(
    session, vault, borrower, loan, telling
):
    other = make_loan(session, borrower)
    telling(*PARTS)
    budget = draft(session, vault, borrower, loan).hardship.budget
    assert list(budget.regular) == [other.ref]
    assert budget.surplus_fen == 330_000 - budget.regular_fen < 330_000


def test_left_out_nothing_of_it_is_kept_and_the_reason_stays(
    session, vault, borrower, loan, telling
):
    tell(session, vault, borrower, loan, "work_lost")
    telling(*PARTS)
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    for _tap in range(2):
        leave_budget_out(session, acting(vault=vault), **mine)
    kept = draft(session, vault, borrower, loan)
    assert (kept.hardship.reason, kept.hardship.budget) == ("work_lost", None)
    assert (kept.answers.surplus_fen, kept.answers.is_income_done) == (None, True)


def test_told_after_it_was_left_out_it_is_still_to_be_looked_at(
    session, vault, borrower, loan, telling
):
    earn(session, vault, borrower, loan, None, None)
    telling(*PARTS)
    assert draft(session, vault, borrower, loan).answers.is_income_done is None


def test_changed_later_it_was_looked_at(session, vault, borrower, loan, telling):
    telling(*PARTS)
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    save_answers(session, acting(vault=vault), given=Answers(is_income_done=True), **mine)
    telling(PARTS[2])
    assert draft(session, vault, borrower, loan).answers.is_income_done is True


def test_of_someone_elses_loan_nobody_tells(session, vault, telling):
    with pytest.raises(NotFound):
        telling(PARTS[0], who=make_borrower(session, vault))


def test_where_no_plan_may_be_proposed_nothing_is_asked(session, vault, borrower, loan, telling):
    loan.legal_review = True
    session.commit()
    with pytest.raises(MayNotPropose):
        telling(PARTS[0])
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    with pytest.raises(MayNotPropose):
        leave_budget_out(session, acting(vault=vault), **mine)


def test_what_no_form_lets_through_is_a_callers_fault(telling):
    with pytest.raises(ValueError, match="form"):
        telling(Budget(people=0))
