"""One signed PDF as it lies in the storage: sealed, in a folder of its own that its row names."""

import hashlib
from dataclasses import dataclass, field

from app.domain.errors import NotFound, RuleBroken
from app.domain.texts import N_
from app.models import new_public_id
from app.ports.gateways import Gateways

TABLE, COLUMN, NAME = "agreement_files", "pdf", "agreement"


class PaperDiffers(RuleBroken):
    """The stored file is not the one that was signed, or is gone."""

    code = "pdf_differs"
    message = N_("这份协议的 PDF 和签署时的不一样，没有下载，请联系管理员核对")


@dataclass(frozen=True)
class StoredPdf:
    """A PDF that lies in the storage, for the row that will name it.

    Units: bytes.
    """

    folder: str
    sha256: str
    size: int


@dataclass(frozen=True)
class KeptPdf:
    """What a row tells of its PDF: the bytes themselves where they were not moved yet, else the
    folder; and what they must hash to.
    """

    pdf: bytes | None = field(repr=False)
    folder: str | None
    sha256: str | None

    @property
    def is_outside(self) -> bool:
        """Whether it lies in the storage."""
        return self.pdf is None and self.folder is not None

    @property
    def is_named_so(self) -> bool:
        """Whether the folder's name bears the hash."""
        return (self.folder or "").partition(".")[2] == self.sha256


def store_pdf(gateways: Gateways, pdf: bytes) -> StoredPdf:
    """Seal and write a PDF, before the commit of the row that names it. The folder is new each
    time, so nothing is ever overwritten; what no row comes to name is swept.

    Not idempotent. Raises: GatewayDown; then no whole file is there.
    Source: I-10; ADR 0073.
    """
    sha256 = hashlib.sha256(pdf).hexdigest()
    folder = f"{new_public_id()}.{sha256}"
    sealed = gateways.vault.seal_file(pdf, table=TABLE, row=folder, column=COLUMN)
    with gateways.agreements.writing(f"{folder}/{NAME}") as file:
        file.write(sealed)
    return StoredPdf(folder, sha256, len(pdf))


def read_pdf(gateways: Gateways, kept: KeptPdf) -> bytes:
    """Return the very bytes that were signed.

    Raises: PaperDiffers where they are others, or gone; GatewayDown.
    Source: I-10.
    """
    pdf = kept.pdf if kept.pdf is not None else _unsealed(gateways, kept.folder or "")
    # Another file must not leave the house under the agreement's number.
    if hashlib.sha256(pdf).hexdigest() != kept.sha256:
        raise PaperDiffers
    return pdf


def _unsealed(gateways: Gateways, folder: str) -> bytes:
    try:
        with gateways.agreements.opened(f"{folder}/{NAME}") as file:
            sealed = file.read()
        return gateways.vault.unseal_file(sealed, table=TABLE, row=folder, column=COLUMN)
    # To whoever asks, a file that is gone or does not open is not the one that was signed.
    except (NotFound, ValueError) as fault:
        raise PaperDiffers from fault
