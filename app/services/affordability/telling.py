"""What a month brings and takes, told part by part on the journey to a plan, or left out on
purpose; sealed.
"""

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy.orm import Session

from app.domain.budget import Budget
from app.models import PlanDraft
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.hardship.records import Hardship, keep_beside, told_beside
from app.services.loans.regular_queries import by_ref, regular_beside
from app.services.proposals.basis import Answers, ProposalBasis
from app.services.proposals.drafts import keep_answers, lock_journey


def tell_budget(
    session: Session, context: Context, *, borrower_id: int, loan_public_id: str, part: Budget
) -> None:
    """Keep a part of a borrower's month beside those told before, sealed. With the debts goes what
    the loans beside the plan ask for.

    Units:  fen a month.
    Raises: NotFound, a MayNotPropose; ValueError for an answer no form lets through.
    Source: rules part 1, which loans; default policy, affordability.
    """
    part.check()
    with transaction(session):
        basis, row = _kept(session, context, Answers(), borrower_id, loan_public_id)
        if part.debts_fen is not None and part.regular is None:
            beside = regular_beside(
                session, context, borrower_id=borrower_id, planned=[one.id for one in basis.loans]
            )
            part = replace(part, regular=by_ref(beside))
        was_open = _change(
            context,
            row,
            lambda told: replace(told, budget=(told.budget or Budget()).with_part(part)),
        )
        if was_open:
            # Left out before and told now: what is left of it is still to be looked at.
            row.answers = {
                name: value for name, value in row.answers.items() if name != "is_income_done"
            }


def leave_budget_out(
    session: Session, context: Context, *, borrower_id: int, loan_public_id: str
) -> None:
    """Leave all of it out on purpose; what was told of it before goes.

    Raises: NotFound, a MayNotPropose.
    """
    with transaction(session):
        left_out = Answers(is_income_done=True)
        _basis, row = _kept(session, context, left_out, borrower_id, loan_public_id)
        _change(context, row, lambda told: replace(told, budget=None))


def _kept(
    session: Session, context: Context, given: Answers, borrower_id: int, loan_public_id: str
) -> tuple[ProposalBasis, PlanDraft]:
    basis = lock_journey(session, context, borrower_id=borrower_id, loan_public_id=loan_public_id)
    return basis, keep_answers(session, context, basis=basis, given=given)


def _change(context: Context, row: PlanDraft, changed: Callable[[Hardship], Hardship]) -> bool:
    """Seal what was told anew; return whether what is left of a month was not known before."""
    told = told_beside(context.vault, row=row) or Hardship()
    keep_beside(context.vault, row=row, told=changed(told))
    return told.surplus_fen is None
