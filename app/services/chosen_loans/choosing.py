"""The answer to which of a borrower's loans go into one plan."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.kinds.ground import TooManyLoans
from app.domain.texts import N_
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.proposals.basis import Answers, KnownLoan, ProposalBasis
from app.services.proposals.draft_queries import draft_row
from app.services.proposals.drafts import keep_answers, lock_journey


class LoanNotChoosable(RuleBroken):
    """One of the loans that were ticked cannot be in this plan, or none was ticked."""

    code = "loan_not_choosable"
    message = N_("选的借款里有一笔现在放不进来，请再看一遍")
    none_chosen = N_("请至少选一笔")


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
        chosen = _checked(basis, loans)
        ids = tuple(one.public_id for one in basis.known if one in chosen)
        row = keep_answers(session, context, basis=basis, given=Answers(loans=ids))
        if basis.start_at in ids:
            return basis.start_at
        first = chosen[0].figures.loan
        # The answers go along with the journey; what lay there was of a journey before.
        before = draft_row(session, borrower_id=borrower_id, loan_id=first.id)
        if before is not None:
            session.delete(before)
            session.flush()
        row.loan_id = first.id
        session.flush()
        return first.public_id


def _checked(basis: ProposalBasis, loans: Sequence[str]) -> list[KnownLoan]:
    chosen = [one for one in basis.choosable if one.public_id in loans]
    if not chosen:
        raise LoanNotChoosable(LoanNotChoosable.none_chosen)
    if len(chosen) != len(set(loans)):
        raise LoanNotChoosable
    if len(chosen) > basis.policy.kinds.most_loans:
        raise TooManyLoans(most=basis.policy.kinds.most_loans)
    return chosen
