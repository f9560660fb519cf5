"""What the file knows of a person that a caller can be asked; right values never leave here. Only
reads.
"""

import hmac
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.caller import Item, read_answer
from app.domain.id_papers import birth_in
from app.domain.schedule import schedule
from app.models import Borrower, Loan
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.loans.figures import Figures, figures_where
from app.services.loans.kept_plans import kept_plan


def known_items(
    session: Session, context: Context, *, person: tuple[Borrower, ...]
) -> frozenset[Item]:
    """Return what a caller can be asked; an instalment only where there is a loan, a birth date
    only where the number of the paper tells it.
    """
    has_loan = session.scalar(
        select(Loan.id).where(Loan.borrower_id.in_([one.id for one in person])).limit(1)
    )
    known: set[Item] = {"id_last4"}
    if birth_in(_id_number(context, person[0])):
        known.add("birth_on")
    if has_loan is not None:
        known.add("instalment")
    return frozenset(known)


def is_right(
    session: Session, context: Context, *, person: tuple[Borrower, ...], item: Item, heard: str
) -> bool:
    """Tell whether what was heard is what the file knows.

    Raises: AnswerShape.
    """
    said = read_answer(item, heard)
    if item == "instalment":
        right = _instalments(session, context, person)
    else:
        number = _id_number(context, person[0])
        right = {number[-4:] if item == "id_last4" else birth_in(number)}
    # All are compared, and none faster than another: how long it takes tells nothing.
    return any([hmac.compare_digest(said.encode(), one.encode()) for one in right])


def _id_number(context: Context, borrower: Borrower) -> str:
    return context.vault.unseal(
        borrower.id_enc, table="borrowers", row=borrower.public_id, column="id"
    )


def _instalments(session: Session, context: Context, person: tuple[Borrower, ...]) -> set[str]:
    """Of each loan the instalment that fell due last, in fen: of the plan where one is kept."""
    mine = Loan.borrower_id.in_([one.id for one in person])
    policy = active_policy(session)[1]
    found = figures_where(session, mine, policy=policy, today=context.today)
    return {str(_last_fen(one, context.today)) for one in found}


def _last_fen(figures: Figures, today: date) -> int:
    """Before anything fell due it is the first one: that is what people have been told."""
    kept = kept_plan(figures.proposals, loan=figures.loan.public_id, today=today)
    if kept is not None and kept.payments:
        # Of a plan over several loans people know the one sum that they pay.
        kept = kept.together
        due = [one.amount_fen for one in kept.payments if one.due_on <= today]
        return due[-1] if due else kept.payments[0].amount_fen
    rows = schedule(figures.terms)
    past = [one.total_fen for one in rows if one.due_on <= today]
    return past[-1] if past else rows[0].total_fen
