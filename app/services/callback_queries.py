"""What a person sees after asking to be called back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.models import CallbackRequest
from app.services.callbacks import TOPICS, WISHED_TIMES


@dataclass(frozen=True, slots=True)
class CallbackReceipt:
    """Number, topic and times of a request; nothing of the person, for the page needs no sign-in."""

    number: str
    topic: str
    wished_time: str
    asked_at: datetime
    answer_by_at: datetime


def callback_receipt(session: Session, *, public_id: str) -> CallbackReceipt:
    """Return the receipt of one request; topic and time are Chinese source texts. Raises: NotFound."""
    row = session.scalars(select(CallbackRequest).where(CallbackRequest.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound(public_id)
    return CallbackReceipt(
        row.number, TOPICS[row.topic], WISHED_TIMES[row.wished_time], row.asked_at, row.answer_by_at
    )
