"""Money is sent back through the channel that collected it: asked for, handed over, followed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.texts import N_
from app.models import OrderPayment, Payment, PaymentOrder, PaymentRefund, new_public_id
from app.ports.payments import ChannelDown, ChannelRefuses, RefundNews
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.paying.received_refunds import KIND, UNDER_WAY
from app.services.paying.records import channel_of, one_by_itself
from app.services.paying.taking import take_telling
from app.services.paying.tellings import keep_telling

REASON_CHARS = 64
MINUTE = timedelta(minutes=1)
EACH_MINUTE, EACH_TEN = 10, 360
# The lender's balance at the channel does not suffice: it may tomorrow.
POOR = frozenset({"NOT_ENOUGH", "ACQ.SELLER_BALANCE_NOT_ENOUGH"})


class NotCollectedHere(RuleBroken):
    """The money did not come by a channel that we collect by: it goes back by bank."""

    code = "not_collected_here"
    message = N_("这笔钱不是在这里付的，只能按银行账户退")


class RefundTooLarge(RuleBroken):
    """More than what is left of the payment after earlier refunds."""

    code = "refund_too_large"
    message = N_("这笔钱已经退过，剩下的不够退这么多")


def add_refund(
    session: Session, context: Context, *, payment: Payment, fen: int, request_key: str
) -> PaymentRefund:
    """Ask for money of a payment to be sent back by its channel; a step, never commits.

    The seam for who decides: a use case in which two persons agree calls this in its own
    transaction; the job `orders` hands it to the channel and takes what becomes of it, `refund_of`
    tells how far it is. Until it is `done` no money has left; `failed` means that the channel will
    not, and the money goes back by bank. What it means to plan, credit and books is its decider's.
    Units:  fen, above zero; with earlier refunds at most the payment.
    Idempotent on: request_key.
    Raises: NotCollectedHere, RefundTooLarge.
    Source: quality, I6.
    """
    session.refresh(payment, with_for_update=True)
    same = select(PaymentRefund).where(PaymentRefund.request_key == request_key)
    before = session.scalars(same).one_or_none()
    if before is not None:
        return before
    link = session.get(OrderPayment, payment.id)
    if link is None or link.order_id is None:
        raise NotCollectedHere
    counted = select(func.coalesce(func.sum(PaymentRefund.fen), 0)).where(
        PaymentRefund.payment_id == payment.id, PaymentRefund.state != "failed"
    )
    if fen <= 0 or int(session.scalar(counted) or 0) + fen > payment.fen:
        raise RefundTooLarge
    public_id = new_public_id()
    refund = PaymentRefund(
        public_id=public_id,
        number=f"R{context.today:%Y%m%d}{public_id}",
        payment_id=payment.id,
        fen=fen,
        state="asked",
        asked_by=context.actor.who,
        asked_at=context.now,
        request_key=request_key,
    )
    session.add(refund)
    session.flush()
    audit.record(
        session,
        context,
        action="refund.asked",
        object_kind=KIND,
        object_id=public_id,
        after={"payment": payment.public_id, "fen": fen},
    )
    return refund


def refund_of(session: Session, *, public_id: str) -> PaymentRefund:
    """Return a refund. Raises: NotFound."""
    found = session.scalars(select(PaymentRefund).where(PaymentRefund.public_id == public_id))
    refund = found.one_or_none()
    if refund is None:
        raise NotFound
    return refund


def send_refunds(session: Session, context: Context, *, limit: int) -> int:
    """Hand refunds that are under way to their channels, or ask how far they are, and return how
    many answered. The channel is asked outside any transaction and knows each by its number, so
    that it is safe twice, on two hosts, after a kill.
    """
    waiting = select(PaymentRefund.id, PaymentRefund.sent_at).where(
        PaymentRefund.state.in_(UNDER_WAY)
    )
    rows = session.execute(waiting.order_by(PaymentRefund.id)).all()
    session.rollback()
    due = [key for key, sent_at in rows if _is_asked_now(sent_at, context.now)][:limit]
    return sum(one_by_itself(session, act=partial(_send, session, context, key)) for key in due)


def _is_asked_now(sent_at: datetime | None, now: datetime) -> bool:
    """Tell whether a channel is asked of a refund in this minute: each minute at first, then every
    ten, then once an hour, for some lie at a bank for days.
    """
    minutes = int((now - sent_at) / MINUTE) if sent_at else 0
    if minutes <= EACH_MINUTE:
        return True
    return minutes % (10 if minutes <= EACH_TEN else 60) == 0


def _send(session: Session, context: Context, refund_id: int) -> bool:
    row = session.execute(
        select(PaymentRefund, PaymentOrder, Payment)
        .join(Payment, Payment.id == PaymentRefund.payment_id)
        .join(OrderPayment, OrderPayment.payment_id == Payment.id)
        .join(PaymentOrder, PaymentOrder.id == OrderPayment.order_id)
        .where(PaymentRefund.id == refund_id)
    ).one()
    refund, order, payment = row
    channel = channel_of(context, provider=order.provider)
    provider, is_sent = order.provider, refund.state == "sent"
    number, sent_back, fen, of_fen = order.number, refund.number, refund.fen, payment.fen

    def send() -> RefundNews:
        return channel.refund(order_number=number, refund_number=sent_back, fen=fen, of_fen=of_fen)

    def ask() -> RefundNews:
        return channel.ask_refund(order_number=number, refund_number=sent_back)

    session.rollback()
    try:
        news = ask() if is_sent else send()
        if news.fate == "unknown":
            news = send()
    except ChannelDown:
        return False
    except ChannelRefuses as refused:
        return _refused(session, context, refund_id, refused.code, ask)
    _note(session, context, refund_id, "sent")
    _take(session, context, provider, news)
    return True


def _refused(
    session: Session,
    context: Context,
    refund_id: int,
    code: str,
    ask: Callable[[], RefundNews],
) -> bool:
    """What a channel will not send back is failed, unless it has it under way all the same, or only
    lacks the money today.
    """
    if code in POOR:
        return False
    try:
        is_known = ask().fate in ("done", "waiting")
    except (ChannelDown, ChannelRefuses):
        is_known = False
    _note(session, context, refund_id, "sent" if is_known else "failed", code)
    return True


def _take(session: Session, context: Context, provider: str, news: RefundNews) -> None:
    if news.fate in ("done", "failed"):
        event_id = keep_telling(session, context, provider=provider, news=news)
        take_telling(session, context, event_id=event_id)


def _note(session: Session, context: Context, refund_id: int, state: str, reason: str = "") -> None:
    with transaction(session):
        refund = session.get_one(PaymentRefund, refund_id, with_for_update=True)
        if refund.state not in UNDER_WAY or refund.state == state:
            return
        before, refund.state, refund.reason = refund.state, state, reason[:REASON_CHARS]
        refund.sent_at = context.now
        session.flush()
        audit.record(
            session,
            context,
            action=f"refund.{state}",
            object_kind=KIND,
            object_id=refund.public_id,
            before={"state": before},
            after={"state": state},
            reason=reason,
        )
