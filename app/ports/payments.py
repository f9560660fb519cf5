"""What the product needs of a channel that collects money: WeChat Pay, Alipay, the local cashier.
Amounts are integer fen of CNY; instants are aware. No card data ever passes here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

# Where the payer's phone is: a browser of its own, or inside an app that pays by itself.
Scene = Literal["browser", "wechat", "alipay"]
# Of an order at the channel: nobody paid yet; paid; can be paid no more; unknown there.
Fate = Literal["waiting", "paid", "closed", "unknown"]
RefundFate = Literal["waiting", "done", "failed", "unknown"]


class ChannelDown(Exception):
    """The channel did not answer, or said to come again: nothing is known, asking again is safe."""


class ChannelRefuses(Exception):
    """The channel answered no; `code` is its own word for why, never shown to a borrower."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotGenuine(Exception):
    """What came does not bear the channel's signature, or is meant for another merchant."""


@dataclass(frozen=True)
class OrderToPay:
    """What is to be collected: our number (at most 32 letters and digits, unique), fen, a neutral
    title, until when it can be paid, where the payer comes back to and where the channel calls.
    """

    number: str
    fen: int
    title: str
    expires_at: datetime
    return_url: str
    notify_url: str
    payer_ip: str = ""
    # WeChat's id of the payer for us; only inside WeChat, kept with the order only.
    openid: str = ""


@dataclass(frozen=True)
class Handover:
    """How the payer goes on: to an address, or by values that the app's own script takes."""

    url: str = ""
    script: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class News:
    """What a channel says of an order: its fate there; of a paid one the channel's number of the
    payment (unique there), fen, the instant the payer's money left. `event_id` names the telling.
    """

    order_number: str
    fate: Fate
    fen: int = 0
    channel_ref: str = ""
    paid_at: datetime | None = None
    event_id: str = ""


@dataclass(frozen=True)
class RefundNews:
    """What a channel says of a refund: ours and its number, fen, its fate there. A telling that
    does not say how much of this refund is `waiting` with no fen: it has to be asked for.
    """

    refund_number: str
    order_number: str
    fate: RefundFate
    fen: int = 0
    channel_ref: str = ""
    done_at: datetime | None = None
    event_id: str = ""


@dataclass(frozen=True)
class StatementLine:
    """A line of a channel's statement of one day: a payment or a refund, fen above zero, the fee
    the channel keeps, below zero where it gives one back.
    """

    kind: Literal["payment", "refund"]
    order_number: str
    channel_ref: str
    fen: int
    fee_fen: int
    at: datetime
    refund_number: str = ""


class Payments(Protocol):
    """One channel; used by several threads at once. Every call answers within seconds or raises
    ChannelDown.
    """

    # As `payments.channel` has it: 微信支付, 支付宝, …
    channel: str
    # Its name in addresses of callbacks: wechat, alipay, local.
    code: str

    def scenes(self) -> frozenset[Scene]:
        """Where it can be paid by."""
        ...

    def open(self, order: OrderToPay, *, scene: Scene) -> Handover:
        """Ask it to collect; the same order again opens the same one. Raises ChannelDown,
        ChannelRefuses.
        """
        ...

    def ask(self, order_number: str) -> News:
        """What became of an order. Raises ChannelDown."""
        ...

    def close(self, order_number: str) -> None:
        """See to it that an order can be paid no more; closed or unknown is fine. Raises
        ChannelDown, ChannelRefuses where it is paid.
        """
        ...

    def read(self, headers: Mapping[str, str], body: bytes) -> News | RefundNews | None:
        """Read a callback after its signature, age and merchant are checked; None for what is no
        business of ours. Header names in lower case. Raises NotGenuine.
        """
        ...

    def thanks(self) -> tuple[bytes, str]:
        """What a callback is answered once it is stored: body and content type."""
        ...

    def refund(self, *, order_number: str, refund_number: str, fen: int, of_fen: int) -> RefundNews:
        """Send back `fen` of an order of `of_fen`; the same refund number again is one refund.
        Raises ChannelDown, ChannelRefuses.
        """
        ...

    def ask_refund(self, *, order_number: str, refund_number: str) -> RefundNews:
        """What became of a refund. Raises ChannelDown."""
        ...

    def statement(self, day: date) -> Iterator[StatementLine]:
        """The lines of a Shanghai day, once the channel has closed it. Raises ChannelDown while it
        has not.
        """
        ...

    def openid_url(self, *, return_url: str, state: str) -> str:
        """Where a payer inside the app says who he is to us; empty where none is needed."""
        ...

    def openid(self, code: str) -> str:
        """The payer's id for the code that came back. Raises ChannelDown, ChannelRefuses."""
        ...
