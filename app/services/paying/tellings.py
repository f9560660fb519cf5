"""What a channel tells is stored as it came, before anything is done with it."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import ProviderEvent
from app.ports.payments import News, RefundNews
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction

TABLE, COLUMN = ProviderEvent.__tablename__, "body"
ID_CHARS = 128
CALLED, ASKED = "called", "asked"


def keep_telling(
    session: Session,
    context: Context,
    *,
    provider: str,
    news: News | RefundNews,
    body: bytes | None = None,
) -> int:
    """Store what a channel told, its signature found good by its adapter, and return the row's id;
    `body` is a callback as it came, None for an answer to our question.

    Idempotent on: provider and its name for the telling; of two the first stays.
    Source: quality, I6.
    """
    values = _values(context, provider, news, body)
    with transaction(session):
        # Both databases know this form.
        added = insert(ProviderEvent).values(values).on_conflict_do_nothing()
        found = session.scalars(added.returning(ProviderEvent.id)).one_or_none()
        if found is not None:
            return found
        same = select(ProviderEvent.id).where(
            ProviderEvent.provider == provider, ProviderEvent.event_id == values["event_id"]
        )
        return session.scalars(same).one()


def told_of(news: News | RefundNews) -> dict[str, Any]:
    """Return news as a row keeps them: numbers, fen, instants; nothing personal."""
    if isinstance(news, RefundNews):
        return {
            "refund": news.refund_number,
            "order": news.order_number,
            "fate": news.fate,
            "fen": news.fen,
            "ref": news.channel_ref,
            "at": _text(news.done_at),
        }
    return {
        "order": news.order_number,
        "fate": news.fate,
        "fen": news.fen,
        "ref": news.channel_ref,
        "at": _text(news.paid_at),
    }


def news_of(event: ProviderEvent) -> News | RefundNews:
    """Return what a stored telling said."""
    told: Mapping[str, Any] = event.told
    at = datetime.fromisoformat(told["at"]) if told["at"] else None
    if event.kind == "refund":
        return RefundNews(
            told["refund"],
            told["order"],
            told["fate"],
            told["fen"],
            told["ref"],
            at,
            event.event_id,
        )
    return News(told["order"], told["fate"], told["fen"], told["ref"], at, event.event_id)


def _values(
    context: Context, provider: str, news: News | RefundNews, body: bytes | None
) -> dict[str, Any]:
    event_id = _event_id(news, body)
    return {
        "provider": provider,
        "event_id": event_id,
        "source": ASKED if body is None else CALLED,
        "kind": "refund" if isinstance(news, RefundNews) else "payment",
        "body_enc": None if body is None else _sealed(context, event_id, body),
        "key_version": context.vault.key_version,
        "told": told_of(news),
        "received_at": context.now,
        "state": "stored",
    }


def _event_id(news: News | RefundNews, body: bytes | None) -> str:
    """The channel's name for it; of what has none, one that follows from what it says."""
    if body is not None and news.event_id and len(news.event_id) <= ID_CHARS:
        return news.event_id
    told = sorted(told_of(news).items())
    return f"{ASKED if body is None else CALLED}:{hashlib.sha256(str(told).encode()).hexdigest()}"


def _sealed(context: Context, event_id: str, body: bytes) -> bytes:
    # Not all bytes are text; none is lost.
    text = body.decode("utf-8", errors="surrogateescape")
    plain = text.encode("utf-8", errors="backslashreplace").decode()
    return context.vault.seal(plain, table=TABLE, row=event_id, column=COLUMN)


def _text(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def refuse_telling(session: Session, context: Context, *, provider: str) -> None:
    """Count a callback that is not genuine; nothing else of it is kept.

    Source: V16.3.1.
    """
    with transaction(session):
        audit.count_refused(session, context, what=f"payments.{provider}")
