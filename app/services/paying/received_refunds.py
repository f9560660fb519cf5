"""What a channel tells of money sent back. A step of the use case that takes it; never commits."""

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import PaymentRefund
from app.ports.payments import RefundNews
from app.services.core import audit
from app.services.core.context import Context

KIND = "payment_refund"
STATES = {"done": "done", "failed": "failed"}
UNDER_WAY = ("asked", "sent")
log = structlog.get_logger()


def take_refund(session: Session, context: Context, *, news: RefundNews) -> str:
    """Note how far a refund of ours is, and return what became of the telling: a refund that is
    over stays as it is, but one that failed and was made after all; one that we never asked for is
    `unknown`, which the day's statement shows.

    Source: quality, I6: refunds are at most the payment.
    """
    mine = select(PaymentRefund).where(PaymentRefund.number == news.refund_number)
    refund = session.scalars(mine.with_for_update()).one_or_none()
    if refund is None:
        return "unknown"
    state = STATES.get(news.fate)
    if state is None:
        return "nothing"
    if refund.state == "failed" and state == "done":
        # Finished by hand at the channel: the money has left, and may have by bank as well.
        log.error("a refund that failed was made", refund=refund.public_id)
    elif refund.state not in UNDER_WAY:
        return "known"
    before, refund.state = refund.state, state
    refund.channel_ref = news.channel_ref
    refund.done_at = (news.done_at or context.now) if state == "done" else None
    session.flush()
    audit.record(
        session,
        context,
        action=f"refund.{state}",
        object_kind=KIND,
        object_id=refund.public_id,
        before={"state": before},
        after={"state": state, "fen": refund.fen},
    )
    return "applied"
