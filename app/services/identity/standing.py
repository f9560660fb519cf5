"""Where the checks of a person stand: what was answered, how often wrongly, stopped until when.
Only reads.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.caller import CALL_LASTS, COUNTED, AnswerGiven
from app.models import Borrower, IdentityAnswer, IdentityCheck
from app.services.core.context import Context


def own_check(session: Session, context: Context, *, borrower: Borrower) -> IdentityCheck | None:
    """Return the acting person's latest check of a borrower, while the call may still last."""
    query = select(IdentityCheck).where(
        IdentityCheck.borrower_id == borrower.id,
        IdentityCheck.by == context.actor.who,
        IdentityCheck.started_at > context.now - CALL_LASTS,
    )
    return session.scalars(query.order_by(IdentityCheck.id.desc()).limit(1)).first()


def passed_check(session: Session, context: Context, *, borrower: Borrower) -> int | None:
    """Return the id of the check by which the acting person knows that the borrower is calling."""
    check = own_check(session, context, borrower=borrower)
    return check.id if check is not None and check.state == "passed" else None


def answers_of(session: Session, *, check: IdentityCheck) -> tuple[AnswerGiven, ...]:
    """Return what was answered in a check, in order."""
    query = select(IdentityAnswer.item, IdentityAnswer.result)
    rows = session.execute(query.where(IdentityAnswer.check_id == check.id).order_by("id"))
    return tuple(AnswerGiven(item, result) for item, result in rows)


def wrong_lately(session: Session, context: Context, *, person: tuple[Borrower, ...]) -> int:
    """Return how many answers about a person were wrong in the hours that count, of all calls."""
    query = (
        select(func.count())
        .select_from(IdentityAnswer)
        .join(IdentityCheck, IdentityCheck.id == IdentityAnswer.check_id)
        .where(
            IdentityCheck.borrower_id.in_([one.id for one in person]),
            IdentityAnswer.result == "wrong",
            IdentityAnswer.at > context.now - COUNTED,
        )
    )
    return session.scalar(query) or 0


def stopped_until(
    session: Session, context: Context, *, person: tuple[Borrower, ...]
) -> datetime | None:
    """Return until when no caller is checked for a person; None where one may be."""
    latest = select(func.max(IdentityCheck.ended_at)).where(
        IdentityCheck.borrower_id.in_([one.id for one in person]),
        IdentityCheck.state == "stopped",
        IdentityCheck.ended_at > context.now - COUNTED,
    )
    found = session.scalar(latest)
    return found + COUNTED if found is not None else None
