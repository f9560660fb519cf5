"""What the product needs of an SMS provider."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Sms:
    """One message: mainland mobile of 11 digits, whole text with the sender's signature."""

    to: str
    text: str
    at: datetime


class SmsGateway(Protocol):
    """Hands messages to a carrier."""

    def send(self, sms: Sms) -> None:
        """Hand over one message. Raises GatewayDown when it is safe to try again."""
        ...
