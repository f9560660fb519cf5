"""A payer is handed over to the channel: it is asked to collect, and says how the payer goes on."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.errors import GatewayDown, RuleBroken
from app.domain.texts import N_
from app.models import PaymentOrder
from app.ports.payments import ChannelDown, ChannelRefuses, Handover, OrderToPay, Payments
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.paying.records import (
    KIND,
    OPENID,
    TABLE,
    channel_of,
    end_order,
    lock_order,
    openid_of,
    own_order,
)

# Where the payer comes back to, where the channel calls.
ORDER_PAGE, CALLBACK = "/pay/{}", "/pay/notify/{}"


class ChannelSilent(GatewayDown):
    """The channel does not answer now."""

    message = N_("付款通道现在没有回应，没有扣款。可以过一会儿再试，或者用银行转账")


class OrderOver(RuleBroken):
    """An order that can be paid no more."""

    code = "order_over"
    message = N_("这张付款单已经过了时间，没有扣款。重新选一次就好")


class ChannelSaysNo(RuleBroken):
    """The channel does not take this order."""

    code = "channel_says_no"
    message = N_("这个付款方式没有接受这一笔，没有扣款。请换一种付法，或者用银行转账")


def hand_over(session: Session, context: Context, *, borrower_id: int, public_id: str) -> None:
    """Ask the channel to collect an order and keep how the payer goes on; where the payer has to
    say first who they are, that is where to go, and the order is not handed over yet. The channel
    is asked outside any transaction; of a paid order nothing is asked.

    Idempotent: the channel opens the same order once.
    Raises: NotFound, OrderOver, ChannelSilent, ChannelSaysNo.
    """
    order = own_order(session, borrower_id=borrower_id, public_id=public_id)
    if order.state == "paid":
        return
    if order.state != "waiting" or order.expires_at <= context.now:
        raise OrderOver
    channel = channel_of(context, provider=order.provider)
    asked = _asked(context, order)
    scene = order.scene
    session.rollback()
    if scene == "wechat" and not asked.openid:
        if who := channel.openid_url(return_url=asked.return_url, state=public_id):
            _keep(session, borrower_id, public_id, Handover(who))
            return
    try:
        handed = channel.open(asked, scene=scene)  # type: ignore[arg-type]
    except ChannelDown as down:
        raise ChannelSilent from down
    except ChannelRefuses as refused:
        _close(session, context, borrower_id, public_id, refused.code)
        raise ChannelSaysNo from refused
    _keep(session, borrower_id, public_id, handed, context.now)


def say_who(
    session: Session, context: Context, *, borrower_id: int, public_id: str, code: str
) -> None:
    """Keep who the payer is at the channel, by the code it sent along; sealed, for this order.

    Raises: NotFound, ChannelSilent, ChannelSaysNo.
    """
    order = own_order(session, borrower_id=borrower_id, public_id=public_id)
    channel = channel_of(context, provider=order.provider)
    session.rollback()
    openid = _openid(channel, code)
    with transaction(session):
        order = own_order(session, borrower_id=borrower_id, public_id=public_id)
        lock_order(session, order=order)
        if order.state == "waiting":
            order.openid_enc = context.vault.seal(
                openid, table=TABLE, row=order.public_id, column=OPENID
            )
            order.key_version = context.vault.key_version


def _openid(channel: Payments, code: str) -> str:
    try:
        return channel.openid(code)
    except ChannelDown as down:
        raise ChannelSilent from down
    except ChannelRefuses as refused:
        raise ChannelSaysNo from refused


def _asked(context: Context, order: PaymentOrder) -> OrderToPay:
    return OrderToPay(
        number=order.number,
        fen=order.fen,
        # Channels show it on the payer's bill: neither debt nor plan.
        title=context.site.sms_signature,
        expires_at=order.expires_at,
        return_url=_address(context, ORDER_PAGE.format(order.public_id)),
        notify_url=_address(context, CALLBACK.format(order.provider)),
        payer_ip=context.actor.from_where,
        openid=openid_of(context.vault, order),
    )


def _address(context: Context, path: str) -> str:
    return context.site.base_url.rstrip("/") + path


def _keep(
    session: Session,
    borrower_id: int,
    public_id: str,
    handed: Handover,
    at: datetime | None = None,
) -> None:
    with transaction(session):
        order = own_order(session, borrower_id=borrower_id, public_id=public_id)
        lock_order(session, order=order)
        if order.state == "waiting":
            order.handed_at = at or order.handed_at
            order.go_url, order.go_script = handed.url, dict(handed.script)


def _close(session: Session, context: Context, borrower_id: int, public_id: str, code: str) -> None:
    """The channel will not collect it: the order is over, unless money came meanwhile."""
    with transaction(session):
        order = own_order(session, borrower_id=borrower_id, public_id=public_id)
        lock_order(session, order=order)
        if order.state != "waiting" or order.handed_at is not None:
            return
        end_order(order, state="closed", at=context.now, reason="refused")
        audit.record(
            session,
            context,
            action="order.refused",
            object_kind=KIND,
            object_id=order.public_id,
            reason=code,
        )
