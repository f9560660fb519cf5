"""WeChat Pay, API v3: H5 in a browser, JSAPI inside WeChat; the SDK is an optional extra."""

import importlib.util
import json
import logging
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote, urlsplit

from app.domain.calendar import BEIJING
from app.integrations.on_first_use import FirstUse
from app.integrations.payments import wechat_answers as answers
from app.integrations.payments import wechat_login as login
from app.integrations.payments.channel_keys import ChannelKeys
from app.integrations.payments.faults import ChannelLacking, NotOurs
from app.integrations.payments.statement_days import is_surely_out, must_be_over
from app.integrations.payments.wechat_bills import digest_of, lines_of
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

LIBRARY = "wechatpayv3"
CODE, CHANNEL = "wechat", "微信支付"
GATEWAY = "https://api.mch.weixin.qq.com"
PAID, REFUNDS = "TRANSACTION.SUCCESS", "REFUND."
NONE_OF_THE_DAY, NOT_YET = "NO_STATEMENT_EXIST", "STATEMENT_CREATING"
TITLE_CHARS = 127
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WeChatAccount:
    """What WeChat Pay knows us by. Without `public_key_id` it signs with platform certificates."""

    merchant: str
    app_id: str
    keys: ChannelKeys = field(repr=False)
    app_secret: str = field(repr=False)
    secret: str = field(repr=False)  # the APIv3 key
    public_key_id: str = ""
    # Where it tells of refunds.
    refunds_url: str = ""


@dataclass(frozen=True)
class WeChatHosts:
    """Where it answers; a test has its own."""

    gateway: str = GATEWAY
    login_page: str = login.PAGE
    login_gateway: str = login.GATEWAY


class WeChatPayments:
    """One merchant with one official account."""

    channel, code = CHANNEL, CODE

    def __init__(
        self,
        account: WeChatAccount,
        *,
        clock: Clock | None = None,
        hosts: WeChatHosts | None = None,
    ) -> None:
        if importlib.util.find_spec(LIBRARY) is None:
            raise ChannelLacking(CHANNEL)
        self._account, self._hosts = account, hosts or WeChatHosts()
        self._clock = clock or SystemClock()
        self._client = FirstUse(self._make_client)

    def scenes(self) -> frozenset[Scene]:
        """A browser leads to the app, and WeChat pays by itself."""
        return frozenset({"browser", "wechat"})

    def open(self, order: OrderToPay, *, scene: Scene) -> Handover:
        """Ask it to collect. Raises ChannelDown, ChannelRefuses."""
        if scene == "wechat":
            return self._open_inside(order)
        if scene != "browser" or not _is_address(order.payer_ip):
            raise ChannelRefuses("SCENE")
        place = {"payer_client_ip": order.payer_ip, "h5_info": {"type": "Wap"}}
        url = str(self._opened(order, "H5", scene_info=place).get("h5_url") or "")
        if not url.startswith("https://"):
            raise ChannelDown
        return Handover(url=f"{url}&redirect_url={quote(order.return_url, safe='')}")

    def _open_inside(self, order: OrderToPay) -> Handover:
        if not order.openid:
            raise ChannelRefuses("OPENID")
        found = self._opened(order, "JSAPI", payer={"openid": order.openid}).get("prepay_id")
        if not found:
            raise ChannelDown
        package, at = f"prepay_id={found}", str(int(self._clock.now().timestamp()))
        nonce = secrets.token_hex(16)
        signed = self._client.get().sign([self._account.app_id, at, nonce, package])
        return Handover(
            script={
                "appId": self._account.app_id,
                "timeStamp": at,
                "nonceStr": nonce,
                "package": package,
                "signType": "RSA",
                "paySign": signed,
            }
        )

    def ask(self, order_number: str) -> News:
        """What became of an order. Raises ChannelDown."""
        try:
            told = self._called("query", out_trade_no=order_number)
        except ChannelRefuses as no:
            if no.code in answers.NOT_THERE:
                return News(order_number, "unknown")
            raise _unforeseen(no) from no
        found = self._checked(told)
        if found.order_number != order_number:
            raise ChannelDown
        return found

    def close(self, order_number: str) -> None:
        """Close it. Raises ChannelDown, ChannelRefuses where it is paid."""
        try:
            self._called("close", out_trade_no=order_number)
        except ChannelRefuses as no:
            if no.code in answers.CLOSED_ALREADY | answers.NOT_THERE:
                return
            # Its words for why are many; what counts is where the order stands.
            fate = self.ask(order_number).fate
            if fate == "paid":
                raise
            if fate == "waiting":
                raise _unforeseen(no) from no

    def read(self, headers: Mapping[str, str], body: bytes) -> News | RefundNews | None:
        """Read a callback, signed at most five minutes ago. Raises NotGenuine."""
        try:
            text = body.decode()
            inside = self._client.get().decrypt_callback(headers, text)
            outside = json.loads(text)
            told = json.loads(inside or "null")
            event, event_id = str(outside["event_type"]), str(outside["id"])
            if told["mchid"] != self._account.merchant:
                raise NotGenuine
            if event == PAID:
                return self._news(told, event_id)
            if event.startswith(REFUNDS):
                return answers.refund_news_of(told, event_id=event_id)
        except NotGenuine:
            raise
        # The SDK raises plain exceptions; whatever cannot be read is not theirs.
        except Exception as fault:
            log.warning("wechat: a callback that is not genuine: %s", type(fault).__name__)
            raise NotGenuine from fault
        return None

    def thanks(self) -> tuple[bytes, str]:
        """What ends its repeats."""
        return b'{"code":"SUCCESS","message":"OK"}', "application/json"

    def refund(self, *, order_number: str, refund_number: str, fen: int, of_fen: int) -> RefundNews:
        """Send money back. Raises ChannelDown, ChannelRefuses."""
        told = self._called(
            "refund",
            out_refund_no=refund_number,
            out_trade_no=order_number,
            amount={"refund": fen, "total": of_fen, "currency": answers.CURRENCY},
            notify_url=self._account.refunds_url or None,
        )
        return self._refund(told, refund_number)

    def ask_refund(self, *, order_number: str, refund_number: str) -> RefundNews:
        """What became of a refund. Raises ChannelDown."""
        try:
            told = self._called("query_refund", out_refund_no=refund_number)
        except ChannelRefuses as no:
            if no.code in answers.NOT_THERE:
                return RefundNews(refund_number, order_number, "unknown")
            raise _unforeseen(no) from no
        return self._refund(told, refund_number)

    def statement(self, day: date) -> Iterator[StatementLine]:
        """The trade bill of a day, out the next morning. Raises ChannelDown."""
        must_be_over(day, now=self._clock.now())
        try:
            told = self._called("trade_bill", bill_date=day.isoformat())
        except ChannelRefuses as no:
            # It has the same word for a day without payments and for a bill that is not made yet.
            if no.code == NONE_OF_THE_DAY and is_surely_out(day, now=self._clock.now()):
                return iter(())
            raise _unforeseen(no) from no
        return iter(lines_of(self._file(told)))

    def openid_url(self, *, return_url: str, state: str) -> str:
        """Where WeChat tells us who a payer is, without asking him."""
        return login.address(
            self._hosts.login_page, self._account.app_id, return_url=return_url, state=state
        )

    def openid(self, code: str) -> str:
        """The payer's id for us. Raises ChannelDown, ChannelRefuses."""
        return login.openid(
            self._hosts.login_gateway, self._account.app_id, self._account.app_secret, code=code
        )

    def _opened(self, order: OrderToPay, kind: str, **more: Any) -> dict[str, Any]:
        from wechatpayv3 import WeChatPayType

        until = order.expires_at.astimezone(BEIJING).isoformat(timespec="seconds")
        return self._called(
            "pay",
            description=order.title[:TITLE_CHARS],
            out_trade_no=order.number,
            amount={"total": order.fen, "currency": answers.CURRENCY},
            time_expire=until,
            notify_url=order.notify_url,
            pay_type=WeChatPayType[kind],
            **more,
        )

    def _called(self, call: str, **values: Any) -> dict[str, Any]:
        """Ask by one of the SDK's calls. Raises ChannelDown, ChannelRefuses."""
        status, body = getattr(self._client.get(), call)(**values)
        return answers.read_answer(status, body)

    def _news(self, told: Mapping[str, Any], event_id: str = "") -> News:
        merchant, app_id = self._account.merchant, self._account.app_id
        return answers.news_of(told, merchant=merchant, app_id=app_id, event_id=event_id)

    def _checked(self, told: Mapping[str, Any]) -> News:
        try:
            return self._news(told)
        except NotOurs as fault:
            log.warning("wechat: an answer that is not ours: %s", fault)
            raise ChannelDown from fault

    def _refund(self, told: Mapping[str, Any], number: str) -> RefundNews:
        try:
            found = answers.refund_news_of(told)
        except NotOurs as fault:
            log.warning("wechat: an answer that is not ours: %s", fault)
            raise ChannelDown from fault
        if found.refund_number != number:
            raise ChannelDown
        return found

    def _file(self, told: Mapping[str, Any]) -> bytes:
        """The bytes of a bill, once they are those it promised."""
        # Its path, at the host we know: what we sign goes nowhere else.
        place = urlsplit(str(told.get("download_url") or ""))
        url = f"{self._hosts.gateway}{place.path}?{place.query}"
        status, body = self._client.get().download_bill(url)
        found = digest_of(body) if status == 200 and isinstance(body, bytes) else None
        if found is None or found.sha1 != str(told.get("hash_value")).lower():
            log.warning("wechat: a bill that is not the one promised, status %s", status)
            raise ChannelDown
        return found.content

    def _make_client(self) -> Any:
        from app.integrations.payments.wechat_client import CheckedCore, WeChatClient

        account = self._account
        core = CheckedCore(
            account.keys,
            merchant=account.merchant,
            secret=account.secret,
            public_key_id=account.public_key_id,
            gateway=self._hosts.gateway,
            clock=self._clock,
        )
        return WeChatClient(core, app_id=account.app_id, merchant=account.merchant)


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def _unforeseen(no: ChannelRefuses) -> ChannelDown:
    """A no where there can be none: something is wrong with our account there, and nothing is
    known.
    """
    log.warning("wechat refused: %s", no.code)
    return ChannelDown()
