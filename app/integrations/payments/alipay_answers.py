"""What Alipay says of orders and refunds, as values of the port. Loads no SDK."""

import logging
import re
from collections.abc import Mapping
from typing import Any

from app.integrations.payments.faults import NotOurs
from app.integrations.payments.plain_values import NotPlain, above_zero, beijing_time, fen_of
from app.ports.payments import ChannelDown, ChannelRefuses, News, RefundNews

DONE, BUSY = "10000", "20000"
SUCCESS, FINISHED, CLOSED, WAITING = (
    "TRADE_SUCCESS",
    "TRADE_FINISHED",
    "TRADE_CLOSED",
    "WAIT_BUYER_PAY",
)
NOT_THERE = "ACQ.TRADE_NOT_EXIST"
REFUNDED = "REFUND_SUCCESS"
# Its pages write it in three ways.
NO_BILL = re.compile(r"(is[pv]\.)?bill[_-]not[_-]exist", re.IGNORECASE)
# Of its own systems, or asked too often: come again.
AGAIN = re.compile(r"(isp|aop)\..*|.*(system[_-]error|call-limited|unknow-error)", re.IGNORECASE)
log = logging.getLogger(__name__)


def read_answer(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a good answer. Raises ChannelDown, ChannelRefuses."""
    code = str(told.get("code") or "")
    if code == DONE:
        return told
    word = str(told.get("sub_code") or code)
    if NO_BILL.fullmatch(word):
        raise ChannelRefuses(word)
    if not code or code == BUSY or AGAIN.fullmatch(word):
        log.warning("alipay: asked to come again, %s", word or "no code")
        raise ChannelDown
    raise ChannelRefuses(word)


def news_of(told: Mapping[str, Any]) -> News:
    """Return what an answer says of an order. Raises NotOurs."""
    # Closed after it was paid means sent back whole: the money came, and went.
    return _news(told, paid_at=told.get("send_pay_date"))


def notice_of(told: Mapping[str, str]) -> News | RefundNews:
    """Return what a notice says. A refund is told by a notice of the order too, with the same
    states, so what tells it apart is looked for first. Raises NotOurs.
    """
    event_id, state = _text(told, "notify_id"), told.get("trade_status")
    if state != FINISHED and (told.get("gmt_refund") or told.get("refund_fee")):
        return RefundNews(
            # The sum it names is that of all refunds of the order, so this one has to be asked for.
            refund_number=told.get("out_biz_no") or "",
            order_number=_text(told, "out_trade_no"),
            fate="waiting",
            channel_ref=_text(told, "trade_no"),
            event_id=event_id,
        )
    return _news(told, paid_at=told.get("gmt_payment"), event_id=event_id)


def _news(told: Mapping[str, Any], *, paid_at: Any, event_id: str = "") -> News:
    number, state = _text(told, "out_trade_no"), told.get("trade_status")
    if state == WAITING:
        return News(number, "waiting", event_id=event_id)
    if state == CLOSED and not paid_at:
        return News(number, "closed", event_id=event_id)
    if state not in (SUCCESS, FINISHED, CLOSED):
        raise NotOurs("state")
    try:
        fen = above_zero(fen_of(told.get("total_amount")))
        at = beijing_time(paid_at) if paid_at else None
    except NotPlain as fault:
        raise NotOurs("payment") from fault
    return News(number, "paid", fen, _text(told, "trade_no"), at, event_id)


def refund_news_of(told: Mapping[str, Any], *, refund_number: str, order_number: str) -> RefundNews:
    """Return what an answer says of a refund. Raises NotOurs."""
    # Without a state it never came there, or failed: both are mended by asking for it again.
    if told.get("refund_status") != REFUNDED:
        return RefundNews(refund_number, order_number, "unknown")
    if told.get("out_request_no") != refund_number:
        raise NotOurs("refund")
    at = told.get("gmt_refund_pay")
    try:
        return RefundNews(
            refund_number=refund_number,
            order_number=order_number,
            fate="done",
            fen=above_zero(fen_of(told.get("refund_amount"))),
            channel_ref=_text(told, "trade_no"),
            done_at=beijing_time(at) if at else None,
        )
    except NotPlain as fault:
        raise NotOurs("refund") from fault


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not value:
        raise NotOurs(name)
    return value
