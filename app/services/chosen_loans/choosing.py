"""The answer to which of a borrower's loans go into one plan."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from app.domain.budget import SUM
from app.models import Loan, PlanDraft
from app.services.chosen_loans.queries import ticked_loans
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.hardship.records import open_hardship, seal_hardship
from app.services.loans.regular_queries import regular_beside
from app.services.proposals.basis import Answers
from app.services.proposals.draft_queries import TABLE, draft_row
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
        chosen = ticked_loans(basis, loans)
        ids = tuple(one.public_id for one in basis.known if one in chosen)
        row = keep_answers(session, context, basis=basis, given=Answers(loans=ids))
        _count_beside_anew(session, context, row, planned=[one.figures.loan.id for one in chosen])
        if basis.start_at in ids:
            return basis.start_at
        first = chosen[0].figures.loan
        move_draft(session, row=row, to=first)
        return first.public_id


def _count_beside_anew(
    session: Session, context: Context, row: PlanDraft, *, planned: Sequence[int]
) -> None:
    """What the other loans ask for a month was counted when the debts were told; which loans are
    the others has changed since. A sum told in one had all of it in it and stays.
    """
    vault, key = context.vault, row.request_key
    told = open_hardship(row.hardship_enc, vault=vault, table=TABLE, row=key)
    budget = told.budget if told else None
    if told is None or budget is None or budget.regular is None or SUM in (budget.incomes or {}):
        return
    beside = regular_beside(session, context, borrower_id=row.borrower_id, planned=planned)
    budget = replace(budget, regular={one.ref: one.amount_fen for one in beside})
    told = replace(told, budget=budget)
    row.hardship_enc = seal_hardship(told, vault=vault, table=TABLE, row=key)


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
