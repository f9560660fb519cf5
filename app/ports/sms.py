"""What the product needs of an SMS provider."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.domain.errors import GatewayDown, SmsRefused

Fault = GatewayDown | SmsRefused


@dataclass(frozen=True)
class Sms:
    """One message: mainland mobile of 11 digits, whole text with the sender's signature. `key`
    names it where it goes out twice after a kill: a gateway that can tells the second by it.
    """

    to: str
    text: str
    at: datetime
    key: str = ""


class SmsGateway(Protocol):
    """Hands messages to a carrier; used by several threads at once. What an adapter has no call of
    its own for it inherits from here.
    """

    # Of how many messages with the same text one call is made at most.
    most_a_call: int = 1

    def send(self, sms: Sms) -> None:
        """Hand over one message. Raises GatewayDown when it is safe to try again, else
        SmsRefused.
        """
        ...

    def send_all(self, messages: Sequence[Sms]) -> tuple[Fault | None, ...]:
        """Hand over messages with the same text, `most_a_call` at most; return of each what was
        wrong, None where nothing was. Raises nothing that `send` would not.
        """
        return tuple(self._told(one) for one in messages)

    def _told(self, sms: Sms) -> Fault | None:
        try:
            self.send(sms)
        except (GatewayDown, SmsRefused) as fault:
            return fault
        return None
