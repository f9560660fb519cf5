"""The answer to which of a borrower's loans go into one plan."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.models import Loan, PlanDraft
from app.services.chosen_loans.queries import ticked_loans
from app.services.core.context import Context
from app.services.core.transaction import transaction
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
        chosen = ticked_loans(basis, loans)
        ids = tuple(one.public_id for one in basis.known if one in chosen)
        row = keep_answers(session, context, basis=basis, given=Answers(loans=ids))
        if basis.start_at in ids:
            return basis.start_at
        first = chosen[0].figures.loan
        move_draft(session, row=row, to=first)
        return first.public_id


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
