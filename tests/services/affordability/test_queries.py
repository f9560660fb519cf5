"""What is left of a month beside the amount named; which loans stand beside the plan."""

import pytest

from app.domain.budget import Budget
from app.services.affordability.queries import loans_beside, month_of
from app.services.affordability.telling import tell_budget
from app.services.proposals.basis import Answers
from app.services.proposals.drafts import save_answers
from tests.factories import make_loan
from tests.support.acting import acting


@pytest.mark.parametrize(
    ("income", "essential", "surplus", "target", "tight"),
    [
        (500_000, 300_000, 200_000, 100_000, False),
        (200_001, 120_000, 80_001, 40_000, False),  # half a fen more: rounded down, not above
        (379_998, 300_000, 79_998, 39_999, True),
        (300_000, 300_000, 0, 0, True),
        (200_000, 300_000, -100_000, 0, True),
    ],
)
def test_half_of_what_is_left_is_the_target(
    session, vault, borrower, loan, income, essential, surplus, target, tight
):
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    given = Answers(upfront_fen=0, monthly_fen=40_000, pay_day=10)
    save_answers(session, acting(vault=vault), given=given, **mine)
    assert month_of(session, acting(vault=vault), **mine) is None
    session.commit()
    part = Budget.of_sums(income, essential)
    tell_budget(session, acting(vault=vault), part=part, **mine)
    month = month_of(session, acting(vault=vault), **mine)
    assert (month.surplus_fen, month.target_fen, month.is_tight) == (surplus, target, tight)
    assert month.budget == part


def test_the_planned_loan_does_not_stand_beside_itself(session, vault, borrower, loan):
    other = make_loan(session, borrower)
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    assert [one.ref for one in loans_beside(session, acting(vault=vault), **mine)] == [other.ref]
