"""Alipay, payment on a mobile web page (手机网站支付); the SDK is an optional extra."""

import importlib.util
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from app.domain.calendar import BEIJING
from app.integrations.on_first_use import FirstUse
from app.integrations.payments import alipay_answers as answers
from app.integrations.payments.alipay_bills import lines_of
from app.integrations.payments.channel_keys import ChannelKeys
from app.integrations.payments.faults import ChannelLacking, NotOurs
from app.integrations.payments.fetching import fetch
from app.integrations.payments.plain_values import beijing_text, yuan_of
from app.integrations.payments.statement_days import is_surely_out, must_be_over
from app.ports.clock import Clock, SystemClock
from app.ports.payments import (
    ChannelDown,
    ChannelRefuses,
    Handover,
    News,
    NotGenuine,
    OrderToPay,
    RefundNews,
    Scene,
    StatementLine,
)

LIBRARY = "alipay"
CODE, CHANNEL = "alipay", "支付宝"
GATEWAY = "https://openapi.alipay.com/gateway.do"
REFUND_QUERY = "alipay.trade.fastpay.refund.query"
BILL_QUERY = "alipay.data.dataservice.bill.downloadurl.query"
KIND = "trade_status_sync"
CHARSET = "utf-8"
MOST_FIELDS, TITLE_CHARS = 100, 256
Read = TypeVar("Read")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AlipayAccount:
    """What Alipay knows us by: our application and the account that money goes to (2088…)."""

    app_id: str
    seller_id: str
    keys: ChannelKeys = field(repr=False)


class AlipayPayments:
    """One application of one account."""

    channel, code = CHANNEL, CODE

    def __init__(
        self, account: AlipayAccount, *, clock: Clock | None = None, gateway: str = GATEWAY
    ) -> None:
        if importlib.util.find_spec(LIBRARY) is None:
            raise ChannelLacking(CHANNEL)
        self._account, self._gateway = account, gateway
        self._clock = clock or SystemClock()
        self._client = FirstUse(self._make_client)

    def scenes(self) -> frozenset[Scene]:
        """A browser leads to the app; WeChat blocks its addresses."""
        return frozenset({"browser", "alipay"})

    def open(self, order: OrderToPay, *, scene: Scene) -> Handover:
        """Sign an address at which the order is made once the payer comes there, until it expires.
        Nothing is asked. Raises ChannelRefuses.
        """
        if scene not in self.scenes():
            raise ChannelRefuses("SCENE")
        signed = self._client.get().api_alipay_trade_wap_pay(
            order.title[:TITLE_CHARS],
            order.number,
            yuan_of(order.fen),
            return_url=order.return_url,
            notify_url=order.notify_url,
            time_expire=beijing_text(order.expires_at),
            quit_url=order.return_url,
        )
        return Handover(url=f"{self._gateway}?{signed}")

    def ask(self, order_number: str) -> News:
        """What became of an order; unknown also where its payer has not come to it yet. Raises
        ChannelDown.
        """
        try:
            told = self._called("api_alipay_trade_query", out_trade_no=order_number)
        except ChannelRefuses as no:
            if no.code == answers.NOT_THERE:
                return News(order_number, "unknown")
            raise _unforeseen(no) from no
        found = _checked(lambda: answers.news_of(told))
        if found.order_number != order_number:
            raise ChannelDown
        return found

    def close(self, order_number: str) -> None:
        """Close it; an address that nobody opened yet ends by its time only. Raises ChannelDown,
        ChannelRefuses where it is paid.
        """
        try:
            self._called("api_alipay_trade_close", out_trade_no=order_number)
        except ChannelRefuses as no:
            if no.code == answers.NOT_THERE:
                return
            fate = self.ask(order_number).fate
            if fate == "paid":
                raise
            if fate == "waiting":
                raise _unforeseen(no) from no

    def read(self, headers: Mapping[str, str], body: bytes) -> News | RefundNews | None:
        """Read a notice. It has no age: repeats come for a day. Raises NotGenuine."""
        told = _form(body)
        if not self._client.get().is_genuine(told):
            raise NotGenuine
        if told.get("app_id") != self._account.app_id:
            raise NotGenuine
        if told.get("notify_type") != KIND:
            return None
        if told.get("seller_id") != self._account.seller_id:
            raise NotGenuine
        try:
            return answers.notice_of(told)
        except NotOurs as fault:
            log.warning("alipay: a notice that cannot be: %s", fault)
            raise NotGenuine from fault

    def thanks(self) -> tuple[bytes, str]:
        """What ends its repeats."""
        return b"success", "text/plain"

    def refund(self, *, order_number: str, refund_number: str, fen: int, of_fen: int) -> RefundNews:
        """Send money back. Raises ChannelDown, ChannelRefuses."""
        told = self._called(
            "api_alipay_trade_refund",
            refund_amount=yuan_of(fen),
            out_trade_no=order_number,
            out_request_no=refund_number,
        )
        if told.get("fund_change") == "Y":
            # The sum it names is that of all refunds of the order; this one is as asked for.
            ref = str(told.get("trade_no") or "")
            return RefundNews(
                refund_number, order_number, "done", fen, ref, self._clock.now().astimezone(BEIJING)
            )
        # A repeat, or not yet: a good answer alone says only that it was heard.
        found = self.ask_refund(order_number=order_number, refund_number=refund_number)
        return replace(found, fate="waiting") if found.fate == "unknown" else found

    def ask_refund(self, *, order_number: str, refund_number: str) -> RefundNews:
        """What became of a refund. Raises ChannelDown."""
        asked = {
            "out_trade_no": order_number,
            "out_request_no": refund_number,
            "query_options": ["gmt_refund_pay"],
        }
        try:
            told = self._called("server_api", api_name=REFUND_QUERY, biz_content=asked)
        except ChannelRefuses as no:
            if no.code == answers.NOT_THERE:
                return RefundNews(refund_number, order_number, "unknown")
            raise _unforeseen(no) from no
        return _checked(
            lambda: answers.refund_news_of(
                told, refund_number=refund_number, order_number=order_number
            )
        )

    def statement(self, day: date) -> Iterator[StatementLine]:
        """The trade bill of a day, out the next morning. Raises ChannelDown."""
        must_be_over(day, now=self._clock.now())
        asked = {"bill_type": "trade", "bill_date": day.isoformat()}
        try:
            told = self._called("server_api", api_name=BILL_QUERY, biz_content=asked)
        except ChannelRefuses as no:
            # It has the same word for a day without payments and for a bill that is not made yet.
            is_none = answers.NO_BILL.fullmatch(no.code)
            if is_none and is_surely_out(day, now=self._clock.now()):
                return iter(())
            raise _unforeseen(no) from no
        url = _as_safe(str(told.get("bill_download_url") or ""), self._gateway)
        answer = fetch("GET", url, is_file=True)
        if answer.status != 200:
            raise ChannelDown
        return iter(lines_of(answer.body))

    def openid_url(self, *, return_url: str, state: str) -> str:
        """None is needed."""
        return ""

    def openid(self, code: str) -> str:
        """None is told."""
        raise ChannelRefuses("OPENID")

    def _called(self, call: str, **values: Any) -> Mapping[str, Any]:
        """Ask by one of the SDK's calls. Raises ChannelDown, ChannelRefuses."""
        return answers.read_answer(getattr(self._client.get(), call)(**values))

    def _make_client(self) -> Any:
        from app.integrations.payments.alipay_client import AlipayClient

        account = self._account
        return AlipayClient(
            account.keys, app_id=account.app_id, gateway=self._gateway, clock=self._clock
        )


def _form(body: bytes) -> dict[str, str]:
    """The fields of a notice; a name that comes twice could be read in two ways. Raises
    NotGenuine.
    """
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as fault:
        raise NotGenuine from fault
    found = dict(pairs)
    if len(found) != len(pairs) or found.get("charset", CHARSET).lower() != CHARSET:
        raise NotGenuine
    return found


def _as_safe(url: str, gateway: str) -> str:
    """An address of a bill in the clear is asked for as safely as its gateway."""
    scheme, _, rest = url.partition("://")
    return f"{gateway.partition('://')[0]}://{rest}" if scheme == "http" else url


def _checked(read: Callable[[], Read]) -> Read:
    try:
        return read()
    except NotOurs as fault:
        log.warning("alipay: an answer that cannot be: %s", fault)
        raise ChannelDown from fault


def _unforeseen(no: ChannelRefuses) -> ChannelDown:
    """A no where there can be none: something is wrong with our account there, and nothing is
    known.
    """
    log.warning("alipay refused: %s", no.code)
    return ChannelDown()
