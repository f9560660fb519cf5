"""What the page of the local cashier needs of it: the payer's side of a channel, in development."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

# How a payer ends at it.
CashierAct = Literal["pay", "pay_twice", "pay_silently", "fail", "time_out"]


@dataclass(frozen=True)
class CashierOrder:
    """An order as the payer sees it. Units: fen."""

    number: str
    fen: int
    title: str
    return_url: str
    fate: Literal["waiting", "paid", "closed"]


@dataclass(frozen=True)
class Telling:
    """A callback as the channel sends it: to which address, headers and body, signed."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class Cashier(Protocol):
    """A channel whose payer is played by hand."""

    def order(self, number: str) -> CashierOrder | None:
        """Return an order that was opened; None for one that is not known."""
        ...

    def act(self, number: str, act: CashierAct, *, at: datetime) -> tuple[Telling, ...]:
        """Do as a payer and return the callbacks that follow at once; what is paid silently is told
        when it is asked for, or by `late`. Nothing happens to an order that is closed.
        """
        ...

    def late(self, number: str) -> tuple[Telling, ...]:
        """Return the callbacks of all that was paid, once more."""
        ...
