"""Orders of which nothing is heard: the channel is asked; what expired is closed there and here."""

from datetime import timedelta
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.models import PaymentOrder, ProviderEvent
from app.ports.payments import ChannelDown, ChannelRefuses, News
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.transaction import transaction
from app.services.paying.records import (
    KIND,
    channel_of,
    end_order,
    lock_order,
    next_ask,
    one_by_itself,
    own_order,
)
from app.services.paying.taking import STORED, take_telling
from app.services.paying.tellings import keep_telling

ACTOR = Actor("job:orders")
# A page asks no more often, however it is tapped.
PAGE_ASKS_AFTER = timedelta(seconds=3)
# What was stored and not done with at once is done by the job.
LEFT_FOR = timedelta(seconds=20)


def ask_order(session: Session, context: Context, *, borrower_id: int, public_id: str) -> str:
    """Ask the channel what became of a borrower's order, unless it was asked just now, and return
    its state by then. A channel that does not answer changes nothing.

    Raises: NotFound, also for someone else's order.
    """
    order = own_order(session, borrower_id=borrower_id, public_id=public_id)
    asked_at = order.asked_at
    if order.state != "waiting" or (asked_at and context.now - asked_at < PAGE_ASKS_AFTER):
        return order.state
    key = order.id
    session.rollback()
    _ask(session, context, key)
    return own_order(session, borrower_id=borrower_id, public_id=public_id).state


def ask_silent(session: Session, context: Context, *, limit: int) -> int:
    """Ask channels of orders whose time to be asked has come, close those that expired unpaid, and
    do what was told and lies undone; return how many came to something.

    Each in transactions of its own, the channel asked outside them: safe twice, on two hosts and
    after a kill.
    """
    context = context.by(ACTOR)
    done = take_left(session, context, limit=limit)
    waiting = select(PaymentOrder.id).where(
        PaymentOrder.state == "waiting", PaymentOrder.ask_at <= context.now
    )
    ids = session.scalars(waiting.order_by(PaymentOrder.ask_at, PaymentOrder.id).limit(limit)).all()
    session.rollback()
    return done + sum(
        one_by_itself(session, act=partial(_ask, session, context, key)) for key in ids
    )


def take_left(session: Session, context: Context, *, limit: int) -> int:
    """Do what tellings ask for that were stored a moment ago and not done with; return how many."""
    left = select(ProviderEvent.id).where(
        ProviderEvent.state == STORED, ProviderEvent.received_at <= context.now - LEFT_FOR
    )
    ids = session.scalars(left.order_by(ProviderEvent.id).limit(limit)).all()
    session.rollback()
    for key in ids:
        one_by_itself(session, act=partial(take_telling, session, context, event_id=key))
    return len(ids)


def _ask(session: Session, context: Context, key: int) -> bool:
    """Ask of one order; whether it came to something."""
    order = _begin(session, context, key)
    if order is None:
        return False
    number, provider, is_over = order.number, order.provider, order.expires_at <= context.now
    channel = channel_of(context, provider=provider)
    session.rollback()
    try:
        news = channel.ask(number)
        if is_over and news.fate == "waiting":
            channel.close(number)
            news = News(number, "closed")
    except (ChannelDown, ChannelRefuses):
        # Asked again when its time comes; a payment that overtook the end is found then.
        return False
    if news.fate == "paid":
        event_id = keep_telling(session, context, provider=provider, news=news)
        take_telling(session, context, event_id=event_id)
        return True
    return is_over and _close(session, context, key)


def _begin(session: Session, context: Context, key: int) -> PaymentOrder | None:
    """Note that a channel is asked now and when it is next, so that two hosts do not both ask."""
    asked = (PaymentOrder.id == key, PaymentOrder.state == "waiting")
    with transaction(session):
        order = session.scalars(select(PaymentOrder).where(*asked).with_for_update()).one_or_none()
        if order is None or (order.asked_at and context.now - order.asked_at < PAGE_ASKS_AFTER):
            return None
        noted = {
            "asked": order.asked + 1,
            "asked_at": context.now,
            "ask_at": next_ask(order, now=context.now),
        }
        session.execute(update(PaymentOrder).where(*asked).values(**noted))
    return session.get(PaymentOrder, key, populate_existing=True)


def _close(session: Session, context: Context, key: int) -> bool:
    with transaction(session):
        order = session.get_one(PaymentOrder, key)
        lock_order(session, order=order)
        if order.state != "waiting":
            return False
        end_order(order, state="closed", at=context.now, reason="expired")
        session.flush()
        audit.record(
            session,
            context,
            action="order.closed",
            object_kind=KIND,
            object_id=order.public_id,
            reason="expired",
        )
    return True
