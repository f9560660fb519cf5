"""What the product needs of an SMS provider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from app.domain.errors import GatewayDown, SmsRefused

Fault = GatewayDown | SmsRefused
# Why a phone does not have a message: off, out of reach or no number any more; held back on the
# way; not told.
Why = Literal["", "unreachable", "blocked", "other"]


@dataclass(frozen=True)
class Sms:
    """One message: mainland mobile of 11 digits, whole text with the sender's signature. `key`
    names it where it goes out twice after a kill: a gateway that can tells the second by it.
    """

    to: str
    text: str
    at: datetime
    key: str = ""


@dataclass(frozen=True)
class HandedOver:
    """A provider took a message: which one, and the id by which its receipt will name it; empty
    where it gives none.
    """

    provider: str
    id: str = ""


Answer = HandedOver | Fault


@dataclass(frozen=True)
class Receipt:
    """What a provider tells of a message it took: its id there, whether the phone has it, else why
    not, the provider's own code, and when by its clock.
    """

    id: str
    is_delivered: bool
    why: Why = ""
    code: str = ""
    at: datetime | None = None


class ReceiptsUnreadable(Exception):
    """What came is not what this provider sends."""


class Receipts(Protocol):
    """How one provider tells what became of messages: it calls us, or keeps it until we ask."""

    # What it is answered once all is stored, as JSON.
    thanks: Mapping[str, str | int]

    def is_its_key(self, key: str) -> bool:
        """Whether a caller knows what only this provider was told."""
        ...

    def read(self, body: bytes) -> tuple[Receipt, ...]:
        """Read what it sent. Raises ReceiptsUnreadable; nothing in it but ids is trusted."""
        ...

    def waiting(self) -> tuple[Receipt, ...]:
        """Take what it keeps for us; nothing where it calls by itself."""
        ...


class SmsGateway(Protocol):
    """Hands messages to a carrier; used by several threads at once. What an adapter has no call of
    its own for it inherits from here.
    """

    # Of how many messages with the same text one call is made at most.
    most_a_call: int = 1

    def send(self, sms: Sms) -> HandedOver:
        """Hand over one message. Raises GatewayDown when it is safe to try again, else
        SmsRefused.
        """
        ...

    def send_all(self, messages: Sequence[Sms]) -> tuple[Answer, ...]:
        """Hand over messages with the same text, `most_a_call` at most; return of each who took it,
        or what was wrong. Raises nothing that `send` would not.
        """
        return tuple(self._told(one) for one in messages)

    def _told(self, sms: Sms) -> Answer:
        try:
            return self.send(sms)
        except (GatewayDown, SmsRefused) as fault:
            return fault
