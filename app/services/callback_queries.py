"""Requests to be called back, as the one who asked reads them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.models import CallbackRequest
from app.ports.vault import Vault
from app.services.callbacks import TOPICS, WISHED_TIMES
from app.services.masks import masked_mobile


@dataclass(frozen=True)
class CallbackReceipt:
    """What was asked, and by when someone calls; topic and wished_time are Chinese source text."""

    number: str
    topic_code: str
    topic: str
    wished_time: str
    mobile_masked: str
    answer_by_at: datetime


def callback_receipt(session: Session, *, vault: Vault, public_id: str) -> CallbackReceipt:
    """Return a request for the browser that made it, which the caller has checked.

    Raises: NotFound.
    Source: I-16.
    """
    row = session.scalars(select(CallbackRequest).where(CallbackRequest.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound
    mobile = vault.unseal(row.mobile_enc, table="callback_requests", row=row.public_id, column="mobile")
    return CallbackReceipt(
        number=row.number,
        topic_code=row.topic,
        topic=TOPICS.get(row.topic, row.topic),
        wished_time=WISHED_TIMES.get(row.wished_time, row.wished_time),
        mobile_masked=masked_mobile(mobile),
        answer_by_at=row.answer_by_at,
    )
