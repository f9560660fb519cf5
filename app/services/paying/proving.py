"""Whether orders and the payments that answered them agree, read anew from the tables."""

from collections.abc import Iterator, Mapping

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.models import OrderPayment, Payment, PaymentOrder, PaymentRefund, ProviderEvent
from app.ports.payments import Payments


def untrue_orders(session: Session, *, payments: Mapping[str, Payments]) -> Iterator[str]:
    """I27: a paid order has exactly one payment of the same fen and channel, and no other state has
    one; money of a channel that we collect by, and that no file brought, came by a telling and is
    known to be of an order or of none; what was applied names its payment; refunds are at most
    their payment.

    Source: quality, I6.
    """
    yield from _orders(session)
    channels = [one.channel for one in payments.values()]
    yield from _payments(session, channels)
    yield from _events(session)
    yield from _refunds(session)


def _orders(session: Session) -> Iterator[str]:
    answers = (
        select(
            PaymentOrder.number,
            PaymentOrder.state,
            PaymentOrder.fen,
            PaymentOrder.channel,
            Payment.fen,
            Payment.channel,
        )
        .outerjoin(
            OrderPayment,
            (OrderPayment.order_id == PaymentOrder.id) & (OrderPayment.kind == "answer"),
        )
        .outerjoin(Payment, Payment.id == OrderPayment.payment_id)
        .where(or_(PaymentOrder.state == "paid", OrderPayment.payment_id.is_not(None)))
        .order_by(PaymentOrder.id)
    )
    for number, state, fen, channel, paid_fen, paid_channel in session.execute(answers):
        if state != "paid":
            yield f"order {number}: is {state} and has a payment that answers it"
        elif paid_fen is None:
            yield f"order {number}: is paid and has no payment"
        elif (fen, channel) != (paid_fen, paid_channel):
            yield f"order {number}: asks {fen} fen and was answered by {paid_fen}"


def _payments(session: Session, channels: list[str]) -> Iterator[str]:
    unasked = (
        select(Payment.public_id)
        .outerjoin(OrderPayment, OrderPayment.payment_id == Payment.id)
        .where(
            Payment.channel.in_(channels),
            Payment.file_id.is_(None),
            Payment.reverses_ref == "",
            OrderPayment.payment_id.is_(None),
        )
        .order_by(Payment.id)
    )
    for public_id in session.scalars(unasked):
        yield f"payment {public_id}: is of a channel we collect by, and no telling brought it"


def _events(session: Session) -> Iterator[str]:
    nameless = select(ProviderEvent.provider, ProviderEvent.event_id).where(
        ProviderEvent.kind == "payment",
        ProviderEvent.state == "applied",
        ProviderEvent.payment_id.is_(None),
    )
    for provider, event_id in session.execute(nameless.order_by(ProviderEvent.id)):
        yield f"{provider} {event_id}: was applied and names no payment"


def _refunds(session: Session) -> Iterator[str]:
    sums = (
        select(Payment.public_id, Payment.fen, func.sum(PaymentRefund.fen))
        .join(PaymentRefund, PaymentRefund.payment_id == Payment.id)
        .where(PaymentRefund.state != "failed")
        .group_by(Payment.id, Payment.public_id, Payment.fen)
        .having(func.sum(PaymentRefund.fen) > Payment.fen)
        .order_by(Payment.id)
    )
    for public_id, fen, back_fen in session.execute(sums):
        yield f"payment {public_id}: {back_fen} fen go back of {fen}"
