"""What is left of a month that was told, beside the amount a borrower named; and what the loans
beside the plan ask for.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.domain.budget import Budget
from app.domain.policy import is_above_target, target_fen
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.loans.regular_queries import RegularInstalment, regular_beside
from app.services.proposals.draft_queries import journey_basis
from app.services.proposals.queries import PlanJourney, plan_journey


@dataclass(frozen=True)
class MonthView:
    """A month that was told in full. `is_tight`: the amount named is above the target, which warns
    and never blocks.

    Units: fen; target_fen is the policy's share of what is left, zero where nothing is.
    """

    journey: PlanJourney
    budget: Budget
    surplus_fen: int
    target_fen: int
    is_tight: bool


def month_of(
    session: Session, context: Context, *, borrower_id: int, loan_public_id: str
) -> MonthView | None:
    """Return what is left of the month that a borrower told; None until all of it was.

    Raises: NotFound, a MayNotPropose.
    Source: default policy, affordability; U17.
    """
    journey = plan_journey(session, context, borrower_id=borrower_id, loan_public_id=loan_public_id)
    budget = journey.budget
    if budget is None or budget.surplus_fen is None:
        return None
    surplus, policy = budget.surplus_fen, active_policy(session)[1]
    named = journey.answers.monthly_fen or 0
    return MonthView(
        journey,
        budget,
        surplus,
        target_fen(policy, surplus),
        is_above_target(policy, surplus_fen=surplus, instalment_fen=named),
    )


def loans_beside(
    session: Session, context: Context, *, borrower_id: int, loan_public_id: str
) -> tuple[RegularInstalment, ...]:
    """Return what the borrower's other loans ask for month by month while this one is planned.

    Raises: NotFound.
    Source: rules part 1, which loans.
    """
    basis = journey_basis(session, context, borrower_id=borrower_id, loan_public_id=loan_public_id)
    planned = [loan.id for loan in basis.loans]
    return regular_beside(session, context, borrower_id=borrower_id, planned=planned)
