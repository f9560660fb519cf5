"""A borrower asks us to collect a sum by a channel: an order is opened."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.calendar import midnight
from app.domain.errors import RuleBroken
from app.domain.repayments.directory import Destination
from app.domain.texts import N_
from app.models import PaymentOrder, new_public_id
from app.ports.payments import Scene
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.request_keys import KeyReused
from app.services.core.transaction import line_up, transaction
from app.services.paying.offer_queries import PayOffer, channels_in, loan_offer, plan_offer
from app.services.paying.records import KIND, next_ask
from app.services.repayments.posting import lock_ends

# Long enough to find the card, short enough that what was quoted is still so.
ORDER_LIFE = timedelta(minutes=15)
# One that was opened a moment ago is taken up again while so much of it is left.
STILL_GOOD = timedelta(minutes=5)
MOST_AN_HOUR = 20


class ChannelNotHere(RuleBroken):
    """No such channel, or it does not work where the phone is."""

    code = "channel_not_here"
    message = N_("这个付款方式在这里用不了，请换一个，或者用银行转账")


class TooManyOrders(RuleBroken):
    """So many orders within the hour are no payer's."""

    code = "too_many"
    message = N_("这一个小时里开的付款单有点多，请过一会儿再试，或者用银行转账")


@dataclass(frozen=True)
class OrderWish:
    """What a borrower wants to pay: for which agreement or loan (a public id), the sum as what it
    was offered and as it was shown or written, by which channel, from where. Units: fen.
    """

    of: Literal["plan", "loan"]
    name: str
    offered: str
    shown_fen: int | None
    own_fen: int | None
    provider: str
    scene: Scene


def open_order(
    session: Session,
    context: Context,
    *,
    borrower_id: int,
    wish: OrderWish,
    request_key: str,
) -> str:
    """Open an order and return its public id; one for the very same that nobody paid yet is taken
    up again, so that a second tap or tab pays once.

    Units:  fen; the sum is computed anew and has to be the one that was shown.
    Idempotent on: request_key for one borrower.
    Raises: NotFound, NothingToPay, SumMissing, SumTooSmall, SumTooLarge, SumChanged,
            ChannelNotHere, TooManyOrders, KeyReused.
    Source: rules part 1, how a signed plan is kept: money ahead, quote.
    """
    with transaction(session):
        line_up(session, context.vault.fingerprint(str(borrower_id), purpose="paying"))
        offer = _offer(session, context, borrower_id, wish)
        before = _by_key(session, borrower_id, request_key)
        if before is not None:
            _check_same(before, wish)
            return before.public_id
        fen = offer.sums.chosen(wish.offered, shown_fen=wish.shown_fen, own_fen=wish.own_fen).fen
        order = _new(session, context, borrower_id, wish, destination=offer.destination, fen=fen)
        order.request_key = request_key
        again = _still_open(session, context, order)
        if again is not None:
            return again.public_id
        _check_count(session, context, borrower_id)
        order.ask_at = next_ask(order, now=context.now)
        session.add(order)
        session.flush()
        audit.record(
            session,
            context,
            action="order.opened",
            object_kind=KIND,
            object_id=order.public_id,
            after={"fen": fen, "offered": wish.offered, "provider": wish.provider},
        )
        return order.public_id


def _offer(session: Session, context: Context, borrower_id: int, wish: OrderWish) -> PayOffer:
    if wish.of == "plan":
        return plan_offer(session, context, borrower_id=borrower_id, agreement=wish.name)
    return loan_offer(session, context, borrower_id=borrower_id, public_id=wish.name)


def _by_key(session: Session, borrower_id: int, key: str) -> PaymentOrder | None:
    mine = select(PaymentOrder).where(
        PaymentOrder.borrower_id == borrower_id, PaymentOrder.request_key == key
    )
    return session.scalars(mine).one_or_none()


def _check_same(before: PaymentOrder, wish: OrderWish) -> None:
    fen = wish.own_fen if wish.offered == "own" else wish.shown_fen
    asked = (before.offered, before.fen, before.provider)
    if asked != (wish.offered, fen, wish.provider):
        raise KeyReused


def _new(
    session: Session,
    context: Context,
    borrower_id: int,
    wish: OrderWish,
    *,
    destination: Destination,
    fen: int,
) -> PaymentOrder:
    here = {one.code: one.channel for one in channels_in(context, scene=wish.scene) if one.is_here}
    if wish.provider not in here:
        raise ChannelNotHere
    public_id = new_public_id()
    return PaymentOrder(
        public_id=public_id,
        number=f"{context.today:%Y%m%d}{public_id}",
        borrower_id=borrower_id,
        **lock_ends(session, destinations=[destination]).columns(destination),
        fen=fen,
        offered=wish.offered,
        channel=here[wish.provider],
        provider=wish.provider,
        scene=wish.scene,
        state="waiting",
        opened_at=context.now,
        expires_at=_expires_at(context, wish.offered),
        key_version=context.vault.key_version,
        asked=0,
    )


def _expires_at(context: Context, offered: str) -> datetime:
    """What pays all off is so until midnight; just before it there is no time to be strict."""
    end = context.now + ORDER_LIFE
    night = midnight(context.today + timedelta(days=1))
    return night if offered == "all" and night - context.now > STILL_GOOD and night < end else end


def _still_open(session: Session, context: Context, order: PaymentOrder) -> PaymentOrder | None:
    same = select(PaymentOrder).where(
        PaymentOrder.borrower_id == order.borrower_id,
        PaymentOrder.plan_id.is_not_distinct_from(order.plan_id),
        PaymentOrder.loan_id.is_not_distinct_from(order.loan_id),
        PaymentOrder.fen == order.fen,
        PaymentOrder.provider == order.provider,
        PaymentOrder.scene == order.scene,
        PaymentOrder.state == "waiting",
        PaymentOrder.expires_at > context.now + STILL_GOOD,
    )
    return session.scalars(same.order_by(PaymentOrder.id.desc()).limit(1)).one_or_none()


def _check_count(session: Session, context: Context, borrower_id: int) -> None:
    lately = select(func.count(PaymentOrder.id)).where(
        PaymentOrder.borrower_id == borrower_id,
        PaymentOrder.opened_at > context.now - timedelta(hours=1),
    )
    if (session.scalar(lately) or 0) >= MOST_AN_HOUR:
        raise TooManyOrders
