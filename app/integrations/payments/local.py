"""The local cashier: a channel for development and tests whose payer is played by hand on a page
of ours. What it knows lies in one file.
"""

import fcntl
import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from app.domain.calendar import beijing_date
from app.ports.cashier import Cashier, CashierAct, CashierOrder, Telling
from app.ports.clock import Clock, SystemClock
from app.ports.payments import (
    ChannelDown,
    ChannelRefuses,
    Handover,
    News,
    NotGenuine,
    OrderToPay,
    Payments,
    RefundNews,
    Scene,
    StatementLine,
)

CODE, CHANNEL = "local", "本地收银台"
PAGE = "/dev/cashier"
# As the callbacks of real channels have it.
OLDEST = timedelta(minutes=5)
AT, SIGNATURE = "cashier-timestamp", "cashier-signature"
MERCHANT = "local-merchant"
# What the channel keeps of each payment, in fen of ten thousand.
FEE_OF_10_000 = 38


class LocalCashier(Payments, Cashier):
    """Keeps orders, payments and refunds in a file; signs its callbacks with a key of its own."""

    channel, code = CHANNEL, CODE

    def __init__(self, path: Path, key: str, *, clock: Clock | None = None) -> None:
        self._path, self._key = path, key.encode()
        self._clock = clock or SystemClock()

    def scenes(self) -> frozenset[Scene]:
        """It is a page like any other."""
        return frozenset({"browser", "wechat", "alipay"})

    def open(self, order: OrderToPay, *, scene: Scene) -> Handover:
        """Keep the order and lead to the page of the cashier, which is on our own host."""
        with self._kept() as kept:
            before = kept["orders"].get(order.number)
            if before is not None and before["fen"] != order.fen:
                raise ChannelRefuses("ORDER_CHANGED")
            if before is not None and before["is_closed"]:
                raise ChannelRefuses("ORDER_CLOSED")
            kept["orders"].setdefault(
                order.number,
                {
                    "fen": order.fen,
                    "title": order.title,
                    "expires_at": order.expires_at.isoformat(),
                    "return_url": order.return_url,
                    "notify_url": order.notify_url,
                    "is_closed": False,
                    "payments": [],
                },
            )
        return Handover(url=f"{PAGE}/{order.number}")

    def ask(self, order_number: str) -> News:
        """Tell what became of an order. Raises ChannelDown where the payer chose so."""
        with self._kept() as kept:
            order = kept["orders"].get(order_number)
            if order is None:
                return News(order_number, "unknown")
            # Silent once, so that what comes after can be seen too.
            is_down = order.pop("is_down", False)
        if is_down:
            raise ChannelDown
        if order["payments"]:
            return _news(order_number, order["payments"][0])
        return News(order_number, "closed" if order["is_closed"] else "waiting")

    def close(self, order_number: str) -> None:
        """Let it be paid no more. Raises ChannelRefuses where it is paid."""
        with self._kept() as kept:
            order = kept["orders"].get(order_number)
            if order is None:
                return
            if order["payments"]:
                raise ChannelRefuses("ORDER_PAID")
            order["is_closed"] = True

    def read(self, headers: Mapping[str, str], body: bytes) -> News | RefundNews | None:
        """Read a callback of its own. Raises NotGenuine."""
        at, given = headers.get(AT, ""), headers.get(SIGNATURE, "")
        if not hmac.compare_digest(given.encode(), self._signature(at, body).encode()):
            raise NotGenuine
        told = json.loads(body)
        if not at.isdecimal() or told["merchant"] != MERCHANT:
            raise NotGenuine
        if abs(self._clock.now().timestamp() - int(at)) > OLDEST.total_seconds():
            raise NotGenuine
        if told["kind"] == "refund":
            return RefundNews(
                told["refund_number"],
                told["order_number"],
                "done",
                told["fen"],
                told["ref"],
                datetime.fromisoformat(told["at"]),
                told["event_id"],
            )
        return _news(told["order_number"], told)

    def thanks(self) -> tuple[bytes, str]:
        """Answer as WeChat does."""
        return b'{"code":"SUCCESS"}', "application/json"

    def refund(self, *, order_number: str, refund_number: str, fen: int, of_fen: int) -> RefundNews:
        """Send money back at once; no more than came."""
        with self._kept() as kept:
            order = kept["orders"].get(order_number)
            if order is None or not order["payments"]:
                raise ChannelRefuses("ORDER_NOT_PAID")
            before = kept["refunds"].get(refund_number)
            if before is None:
                mine = [one for one in kept["refunds"].values() if one["order"] == order_number]
                came = sum(one["fen"] for one in order["payments"])
                if sum(one["fen"] for one in mine) + fen > came:
                    raise ChannelRefuses("NOT_ENOUGH")
                before = {
                    "order": order_number,
                    "fen": fen,
                    "ref": f"R{uuid.uuid4().hex[:20]}",
                    "at": self._clock.now().isoformat(),
                }
                kept["refunds"][refund_number] = before
        return _refunded(refund_number, before)

    def ask_refund(self, *, order_number: str, refund_number: str) -> RefundNews:
        """Tell what became of a refund."""
        with self._kept() as kept:
            found = kept["refunds"].get(refund_number)
        if found is None:
            return RefundNews(refund_number, order_number, "unknown")
        return _refunded(refund_number, found)

    def statement(self, day: date) -> Iterator[StatementLine]:
        """Yield what was paid and sent back on a Shanghai day that is over."""
        if day >= beijing_date(self._clock.now()):
            raise ChannelDown
        with self._kept() as kept:
            orders, refunds = kept["orders"], kept["refunds"]
        for number, order in orders.items():
            for one in order["payments"]:
                at = datetime.fromisoformat(one["at"])
                if beijing_date(at) == day:
                    fee = one["fen"] * FEE_OF_10_000 // 10_000
                    yield StatementLine("payment", number, one["ref"], one["fen"], fee, at)
        for number, one in refunds.items():
            at = datetime.fromisoformat(one["at"])
            if beijing_date(at) == day:
                yield StatementLine("refund", one["order"], one["ref"], one["fen"], 0, at, number)

    def openid_url(self, *, return_url: str, state: str) -> str:
        """Nobody says who he is here."""
        return ""

    def openid(self, code: str) -> str:
        """Nobody is asked."""
        raise ChannelRefuses("NO_OPENID")

    def order(self, number: str) -> CashierOrder | None:
        """Return an order as its payer sees it."""
        with self._kept() as kept:
            found = kept["orders"].get(number)
        if found is None:
            return None
        return CashierOrder(
            number,
            found["fen"],
            found["title"],
            found["return_url"],
            "paid" if found["payments"] else "closed" if found["is_closed"] else "waiting",
        )

    def act(self, number: str, act: CashierAct, *, at: datetime) -> tuple[Telling, ...]:
        """Do as a payer; an order that is over takes no more money."""
        with self._kept() as kept:
            order = kept["orders"].get(number)
            if order is None or order["is_closed"] or at >= _instant(order["expires_at"]):
                return ()
            if act == "time_out":
                order["is_down"] = True
                return ()
            if act == "fail":
                return ()
            paid = [self._paid(number, order["fen"], at) for _ in range(1 + (act == "pay_twice"))]
            order["payments"] += paid
            url = order["notify_url"]
        return () if act == "pay_silently" else tuple(self._told(url, one) for one in paid)

    def late(self, number: str) -> tuple[Telling, ...]:
        """Return the callbacks of all that was paid, once more."""
        with self._kept() as kept:
            order = kept["orders"].get(number)
        if order is None:
            return ()
        return tuple(self._told(order["notify_url"], one) for one in order["payments"])

    def _paid(self, number: str, fen: int, at: datetime) -> dict[str, Any]:
        return {
            "kind": "payment",
            "merchant": MERCHANT,
            "event_id": uuid.uuid4().hex,
            "order_number": number,
            "ref": f"{at:%Y%m%d}{uuid.uuid4().int % 10**20:020}",
            "fen": fen,
            "at": at.isoformat(),
        }

    def _told(self, url: str, payment: Mapping[str, Any]) -> Telling:
        """Return a callback, signed as of now."""
        body = json.dumps(payment).encode()
        at = str(int(self._clock.now().timestamp()))
        return Telling(url, {AT: at, SIGNATURE: self._signature(at, body)}, body)

    def _signature(self, at: str, body: bytes) -> str:
        return hmac.new(self._key, at.encode() + b"\n" + body, hashlib.sha256).hexdigest()

    @contextmanager
    def _kept(self) -> Iterator[dict[str, dict[str, Any]]]:
        """Hold the file alone, and write it where the block ends well."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            before = file.read()
            kept = json.loads(before) if before else {"orders": {}, "refunds": {}}
            yield kept
            after = json.dumps(kept, ensure_ascii=False)
            if after != before:
                file.seek(0)
                file.truncate()
                file.write(after)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _news(number: str, paid: Mapping[str, Any]) -> News:
    at = _instant(paid["at"])
    return News(number, "paid", paid["fen"], paid["ref"], at, paid["event_id"])


def _refunded(number: str, found: Mapping[str, Any]) -> RefundNews:
    at = _instant(found["at"])
    return RefundNews(number, found["order"], "done", found["fen"], found["ref"], at)
