"""The outside world in one value, handed to services and jobs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.ports.anchors import Anchors
from app.ports.cashier import Cashier
from app.ports.documents import DocumentMaker, Signer
from app.ports.payments import Payments
from app.ports.pictures import PictureMaker
from app.ports.processes import Processes
from app.ports.sheets import SheetFormat
from app.ports.sms import Receipts, SmsGateway
from app.ports.storage import Storage
from app.ports.table import Tables
from app.ports.vault import Vault
from app.ports.work import Work


@dataclass(frozen=True)
class Gateways:
    """Real ones in production, local ones in development and tests."""

    sms: SmsGateway
    vault: Vault
    documents: DocumentMaker
    signer: Signer
    sheets: Mapping[str, SheetFormat]
    storage: Storage
    anchors: Anchors
    # Files of borrowers, sealed before they come here, apart from what is made and thrown away.
    papers: Storage
    # Signed PDFs, sealed; kept for as long as their agreements are.
    agreements: Storage
    pictures: PictureMaker
    work: Work
    processes: Processes
    tables: Tables
    # By provider: one that hands over no more still tells of what it took.
    receipts: Mapping[str, Receipts] = field(default_factory=dict)
    # Channels that collect money, by their name in addresses.
    payments: Mapping[str, Payments] = field(default_factory=dict)
    # The payer's side of the local one; in development only.
    cashier: Cashier | None = None
