"""Signed PDFs as they are stored, and as they must not be."""

from contextlib import contextmanager

from sqlalchemy import select

from app.domain.errors import GatewayDown
from app.integrations.storage.disk import DiskStorage
from app.models import Agreement, AgreementFile
from app.services.signed_files.keeping import KeptPdf, read_pdf


class StoreDown(DiskStorage):
    """Does not answer, whatever it is asked."""

    @contextmanager
    def writing(self, name):
        raise GatewayDown("file store: no answer")
        yield

    def opened(self, name):
        raise GatewayDown("file store: no answer")

    def folders(self, *, before):
        raise GatewayDown("file store: no answer")


def stored_pdf(session, gateways, agreement: Agreement | None = None) -> bytes:
    """The bytes of an agreement, or of the only one there is."""
    query = select(Agreement.pdf_sha256, AgreementFile.pdf, AgreementFile.folder).join(
        AgreementFile, AgreementFile.agreement_id == Agreement.id
    )
    if agreement is not None:
        query = query.where(Agreement.id == agreement.id)
    found = session.execute(query).one()
    return read_pdf(gateways, KeptPdf(found.pdf, found.folder, found.pdf_sha256))


def sealed_files(gateways) -> set[str]:
    """The folders there are, on this host."""
    root = gateways.agreements.root
    return {one.name for one in root.iterdir()} if root.exists() else set()


def file_of(gateways, folder):
    """Where a sealed file lies on this host."""
    return gateways.agreements.root / folder / "agreement"
