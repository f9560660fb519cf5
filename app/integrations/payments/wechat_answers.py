"""What WeChat Pay says of orders and refunds, as values of the port. Loads no SDK."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from app.integrations.payments.faults import NotOurs
from app.integrations.payments.plain_values import NotPlain, whole, zoned_time
from app.ports.payments import ChannelDown, ChannelRefuses, Fate, News, RefundFate, RefundNews

CURRENCY = "CNY"
FATES: Mapping[str, Fate] = {
    "SUCCESS": "paid",
    "REFUND": "paid",  # paid, and some of it sent back since
    "NOTPAY": "waiting",
    "USERPAYING": "waiting",
    "ACCEPT": "waiting",
    "PAYERROR": "waiting",  # one try failed; the order can still be paid
    "CLOSED": "closed",
    "REVOKED": "closed",
}
REFUND_FATES: Mapping[str, RefundFate] = {
    "SUCCESS": "done",
    "PROCESSING": "waiting",
    "CLOSED": "failed",
    # The payer's card is gone: someone has to send it elsewhere by hand at WeChat Pay.
    "ABNORMAL": "failed",
}
NOT_THERE = {"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS", "REFUND_NOT_EXISTS"}
CLOSED_ALREADY = {"ORDER_CLOSED", "ORDERCLOSED"}
# Come again, whatever the status.
AGAIN = {
    "SYSTEM_ERROR",
    "SYSTEMERROR",
    "BANK_ERROR",
    "BANKERROR",
    "BIZERR_NEED_RETRY",
    "FREQUENCY_LIMITED",
    "FREQUENCY_LIMIT_EXCEED",
    "RATELIMIT_EXCEEDED",
    "USERPAYING",
    "USER_PAYING",
}
MANY_ASKED, SERVER_FAULT, ACCEPTED = 429, 500, 202
log = logging.getLogger(__name__)


def read_answer(status: int, body: str | bytes) -> dict[str, Any]:
    """Return what a good answer holds. Raises ChannelDown, ChannelRefuses."""
    found = _object(body)
    if 200 <= status < 300 and status != ACCEPTED:
        if found is None and body:
            raise ChannelDown
        return found or {}
    code = str((found or {}).get("code") or "")
    # An answer without a code is no answer of theirs: a proxy's, or a page.
    if not code or code in AGAIN or status >= SERVER_FAULT or status in (MANY_ASKED, ACCEPTED):
        log.warning("wechat: asked to come again, status %s, %s", status, code or "no code")
        raise ChannelDown
    raise ChannelRefuses(code)


def news_of(told: Mapping[str, Any], *, merchant: str, app_id: str, event_id: str = "") -> News:
    """Return what is said of an order. Raises NotOurs."""
    if told.get("mchid") != merchant or told.get("appid") != app_id:
        raise NotOurs("merchant")
    number, fate = _text(told, "out_trade_no"), FATES.get(str(told.get("trade_state")))
    if fate is None:
        raise NotOurs("state")
    if fate != "paid":
        return News(number, fate, event_id=event_id)
    try:
        amount = told["amount"]
        if amount["currency"] != CURRENCY:
            raise NotOurs("currency")
        return News(
            number,
            fate,
            fen=whole(amount["total"]),
            channel_ref=_text(told, "transaction_id"),
            paid_at=zoned_time(told["success_time"]),
            event_id=event_id,
        )
    except (KeyError, TypeError, NotPlain) as fault:
        raise NotOurs("payment") from fault


def refund_news_of(told: Mapping[str, Any], *, event_id: str = "") -> RefundNews:
    """Return what is said of a refund, in an answer or a callback. Raises NotOurs."""
    # An answer calls it `status`, a callback `refund_status`.
    fate = REFUND_FATES.get(str(told.get("status") or told.get("refund_status")))
    if fate is None:
        raise NotOurs("state")
    try:
        amount = told["amount"]
        if amount.get("currency", CURRENCY) != CURRENCY:  # a callback names none
            raise NotOurs("currency")
        return RefundNews(
            refund_number=_text(told, "out_refund_no"),
            order_number=_text(told, "out_trade_no"),
            fate=fate,
            fen=whole(amount["refund"]),
            channel_ref=_text(told, "refund_id"),
            done_at=zoned_time(told["success_time"]) if fate == "done" else None,
            event_id=event_id,
        )
    except (KeyError, TypeError, AttributeError, NotPlain) as fault:
        raise NotOurs("refund") from fault


def _object(body: str | bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not value:
        raise NotOurs(name)
    return value
