"""The outside world in one value, handed to services and jobs."""

from dataclasses import dataclass

from app.ports.documents import DocumentMaker, Signer
from app.ports.sms import SmsGateway
from app.ports.vault import Vault


@dataclass(frozen=True)
class Gateways:
    """Real ones in production, local ones in development and tests."""

    sms: SmsGateway
    vault: Vault
    documents: DocumentMaker
    signer: Signer
