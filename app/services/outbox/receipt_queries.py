"""How many messages arrived, for those who watch."""

from datetime import timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app.models import OutboxItem, SmsReceipt
from app.services.core.context import Context


def messages_by_receipt(session: Session, context: Context, *, within: timedelta) -> dict[str, int]:
    """Count the messages whose time came within a span and that a provider took, by what it told of
    them: delivered, undelivered, awaited.
    """
    told = and_(
        SmsReceipt.provider == OutboxItem.provider,
        SmsReceipt.provider_id == OutboxItem.provider_id,
    )
    query = (
        select(SmsReceipt.is_delivered, func.count())
        .select_from(OutboxItem)
        .outerjoin(SmsReceipt, told)
        .where(
            OutboxItem.state == "sent",
            OutboxItem.provider_id.is_not(None),
            OutboxItem.not_before_at.between(context.now - within, context.now),
        )
        .group_by(SmsReceipt.is_delivered)
    )
    found: dict[bool | None, int] = {}
    for is_delivered, count in session.execute(query):
        found[is_delivered] = count
    names = {"delivered": True, "undelivered": False, "awaited": None}
    return {name: found.get(told, 0) for name, told in names.items()}
