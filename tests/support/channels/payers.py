"""A channel with the payer's side of it: what the contract of the port is tried with."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from app.integrations.payments.alipay import AlipayPayments
from app.integrations.payments.local import LocalCashier
from app.integrations.payments.wechat import WeChatPayments
from app.ports.payments import OrderToPay, Payments
from tests.support.channels import alipay, wechat
from tests.support.channels.served import key_named
from tests.support.clock import FixedClock

Callback = tuple[Mapping[str, str], bytes]
SITE = "https://anhuan.example.cn"


def order(number: str, fen: int, clock: FixedClock, **values: str) -> OrderToPay:
    """An order good for half an hour."""
    known = {
        "title": "澄明消金",
        "return_url": f"{SITE}/pay/1?a=b",
        "notify_url": f"{SITE}/pay/notify",
        "payer_ip": "123.12.12.123",
    }
    until = clock.now() + timedelta(minutes=30)
    return OrderToPay(number=number, fen=fen, expires_at=until, **(known | values))


class LocalPayer:
    """At the local cashier."""

    def __init__(self, clock: FixedClock, folder: Path) -> None:
        self.clock = clock
        self.cashier = LocalCashier(folder / "orders.json", "k" * 40, clock=clock)
        self.channel: Payments = self.cashier

    def open(self, wish: OrderToPay) -> None:
        self.channel.open(wish, scene="browser")

    def pay(self, number: str) -> Callback:
        (told,) = self.cashier.act(number, "pay", at=self.clock.now())
        return told.headers, told.body

    def again(self, number: str) -> Callback:
        (told,) = self.cashier.late(number)
        return told.headers, told.body

    def forged(self, number: str) -> Callback:
        other = LocalCashier(self.cashier._path, "z" * 40, clock=self.clock)
        (told,) = other.late(number)
        return told.headers, told.body

    def close_day(self, day: date) -> None:
        """Its statement is there by itself."""

    def stop(self) -> None:
        """Nothing runs."""


class WeChatPayer:
    """At WeChat Pay, in one of its two key modes."""

    def __init__(self, clock: FixedClock, *, public_key_mode: bool) -> None:
        self.clock = clock
        self.server = wechat.WeChatServer(clock, public_key_mode=public_key_mode)
        self.channel: Payments = WeChatPayments(
            self.server.account(), clock=clock, hosts=self.server.hosts
        )
        self._told: dict[str, tuple[dict, str]] = {}

    def open(self, wish: OrderToPay) -> None:
        self.channel.open(wish, scene="browser")

    def pay(self, number: str) -> Callback:
        self._told[number] = (self.server.pay(number), f"event-{number}")
        return self.again(number)

    def again(self, number: str) -> Callback:
        told, event_id = self._told[number]
        return self.server.callback(told, event_id=event_id)

    def forged(self, number: str) -> Callback:
        return self.server.callback(self._told[number][0], key=key_named("a stranger's"))

    def close_day(self, day: date) -> None:
        """The bill of what was paid and sent back, all on one day."""
        at, rows = self.clock.now() - timedelta(days=1), []
        for number, one in self.server.orders.items():
            if "transaction_id" in one:
                yuan = wechat._yuan(one["amount"]["total"])
                rows.append(wechat.payment_row(number, one["transaction_id"], yuan, at=at))
        for number, one in self.server.refunds.items():
            yuan, ref = wechat._yuan(one["amount"]["refund"]), one["refund_id"]
            rows.append(wechat.refund_row(one["out_trade_no"], ref, number, yuan, at=at))
        if rows:
            self.server.bill(day, rows)

    def stop(self) -> None:
        self.server.served.stop()


class AlipayPayer:
    """At Alipay."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.server = alipay.AlipayServer(clock)
        self.channel: Payments = AlipayPayments(
            self.server.account(), clock=clock, gateway=self.server.gateway
        )
        self._told: dict[str, dict[str, str]] = {}

    def open(self, wish: OrderToPay) -> None:
        self.server.come(self.channel.open(wish, scene="browser").url)

    def pay(self, number: str) -> Callback:
        self._told[number] = self.server.pay(number)
        return self.again(number)

    def again(self, number: str) -> Callback:
        return {}, self.server.signed_form(self._told[number])

    def forged(self, number: str) -> Callback:
        return {}, self.server.signed_form(self._told[number], key=key_named("a stranger's"))

    def close_day(self, day: date) -> None:
        """The bill of what was paid and sent back, all on one day."""
        at, rows = self.clock.now() - timedelta(days=1), []
        for number, one in self.server.trades.items():
            if "send_pay_date" in one:
                yuan = one["total_amount"]
                rows.append(alipay.payment_row(number, one["trade_no"], yuan, at=at))
        for number, one in self.server.refunds.items():
            trade, yuan = one["out_trade_no"], one["refund_amount"]
            rows.append(alipay.refund_row(trade, one["trade_no"], number, yuan, at=at))
        if rows:
            self.server.bill(day, rows)

    def stop(self) -> None:
        self.server.served.stop()


def payer_at(name: str, clock: FixedClock, folder: Path):
    """Make a payer by the name of a channel."""
    if name == "local":
        return LocalPayer(clock, folder)
    if name == "alipay":
        return AlipayPayer(clock)
    return WeChatPayer(clock, public_key_mode=name == "wechat by public key")


CHANNELS = ("local", "wechat by certificates", "wechat by public key", "alipay")
