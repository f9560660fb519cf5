"""The answer to which of a borrower's loans go into one plan."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from app.domain.budget import SUM
from app.models import Loan, PlanDraft
from app.services.chosen_loans.queries import ticked_basis
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.hardship.records import keep_beside, told_beside
from app.services.loans.regular_queries import by_ref, regular_beside
from app.services.proposals.basis import Answers
from app.services.proposals.draft_queries import draft_row
from app.services.proposals.drafts import keep_answers, lock_journey


def save_loans(
    session: Session,
    context: Context,
    *,
    borrower_id: int,
    loan_public_id: str,
    loans: Sequence[str],
) -> str:
    """Keep which loans go into the plan; return the loan where the journey goes on: the same, or
    where it was left out the one longest overdue.

    Raises: NotFound, a MayNotPropose, LoanNotChoosable, TooManyLoans.
    Source: rules part 1, which loans.
    """
    with transaction(session):
        basis = lock_journey(
            session, context, borrower_id=borrower_id, loan_public_id=loan_public_id
        )
        begun = ticked_basis(basis, loans)
        row = keep_answers(session, context, basis=basis, given=Answers(loans=begun.loan_ids))
        _count_beside_anew(session, context, row, planned=[one.id for one in begun.loans])
        if begun.start_at != basis.start_at:
            move_draft(session, row=row, to=begun.loan)
        return begun.start_at


def _count_beside_anew(
    session: Session, context: Context, row: PlanDraft, *, planned: Sequence[int]
) -> None:
    """What the other loans ask for a month was counted when the debts were told; which loans are
    the others has changed since. A sum told in one had all of it in it and stays.
    """
    told = told_beside(context.vault, row=row)
    budget = told.budget if told else None
    if told is None or budget is None or budget.regular is None or SUM in (budget.incomes or {}):
        return
    regular = by_ref(regular_beside(session, context, borrower_id=row.borrower_id, planned=planned))
    told = replace(told, budget=replace(budget, regular=regular))
    keep_beside(context.vault, row=row, told=told)


def move_draft(session: Session, *, row: PlanDraft, to: Loan) -> None:
    """Let the answers go along with the journey to another loan; what lay there was of a journey
    before. Never commits.
    """
    before = draft_row(session, borrower_id=row.borrower_id, loan_id=to.id)
    if before is not None:
        session.delete(before)
        session.flush()
    row.loan_id = to.id
    session.flush()
