"""What providers tell of messages they took: kept once for each, never changed, trusted for nothing
but that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Exists, delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.spans import ahead
from app.models import OutboxItem, SmsReceipt
from app.ports.sms import Receipt
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.outbox.queue import LEASE

UNKNOWN = "sms.receipt_unknown"
# A database takes so many values in one query.
PART = 500
# What came for a message that was being handed over, and was none of ours after all, is looked for
# within a week: longer ago the messages themselves are gone.
EARLY, LOOKED_BACK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True)
class ReceiptCount:
    """How many receipts were kept now, and how many name no message of ours."""

    kept: int
    unknown: int


def take_receipts(
    session: Session, context: Context, *, provider: str, receipts: Sequence[Receipt]
) -> ReceiptCount:
    """Keep what a provider tells of its messages; what names none of ours is counted and no more.

    Idempotent on: provider and its id of the message; of two the first one stays.
    Source: ADR 0067.
    """
    with transaction(session):
        # Asked first: what is handed over at this moment is noted only afterwards, and its receipt
        # may be faster.
        is_handing_over = bool(session.scalar(select(_in_hand(context))))
        known = _known(session, provider, receipts)
        told = {
            one.id: one
            for one in reversed(receipts)
            if one.id in known or (one.id and is_handing_over)
        }
        kept = _keep(session, context, provider, told.values()) if told else 0
        unknown = sum(1 for one in receipts if one.id not in told)
        if unknown:
            audit.count_refused(session, context, what=UNKNOWN, times=unknown)

    return ReceiptCount(kept, unknown)


def forget_unknown(session: Session, context: Context, *, limit: int) -> int:
    """Forget receipts that came while messages were handed over and named none of them; return how
    many.

    Idempotent on: the rows.
    """
    message = exists().where(
        OutboxItem.provider == SmsReceipt.provider,
        OutboxItem.provider_id == SmsReceipt.provider_id,
    )
    past = SmsReceipt.received_at.between(context.now - LOOKED_BACK, context.now - EARLY), ~message
    found = select(SmsReceipt.id).where(*past).limit(limit)
    if session.scalar(found.limit(1)) is None:
        return 0  # nothing to do takes no write lock
    with transaction(session):
        ids = session.scalars(found.with_for_update(skip_locked=True)).all()
        session.execute(delete(SmsReceipt).where(SmsReceipt.id.in_(ids)))
        audit.count_refused(session, context, what=UNKNOWN, times=len(ids))

    return len(ids)


def _in_hand(context: Context) -> Exists:
    return exists().where(
        OutboxItem.state == "waiting",
        OutboxItem.lease_until_at.between(*ahead(context.now, LEASE)),
    )


def _known(session: Session, provider: str, receipts: Sequence[Receipt]) -> set[str | None]:
    ids = sorted({one.id for one in receipts})
    return {
        found
        for first in range(0, len(ids), PART)
        for found in session.scalars(
            select(OutboxItem.provider_id).where(
                OutboxItem.provider == provider,
                OutboxItem.provider_id.in_(ids[first : first + PART]),
            )
        )
    }


def _keep(session: Session, context: Context, provider: str, receipts: Iterable[Receipt]) -> int:
    rows = [
        {
            "provider": provider,
            "provider_id": one.id,
            "is_delivered": one.is_delivered,
            "why": one.why,
            "code": one.code,
            "told_at": one.at,
            "received_at": context.now,
        }
        for one in receipts
    ]
    kept = 0
    for first in range(0, len(rows), PART):
        # Both databases know this form.
        added = insert(SmsReceipt).values(rows[first : first + PART]).on_conflict_do_nothing()
        kept += len(session.scalars(added.returning(SmsReceipt.id)).all())
    return kept
