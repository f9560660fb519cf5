"""The signed document of an agreement, handed to its borrower, and to staff on record."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.domain.stamps import check_stamped
from app.models import Agreement, AgreementFile, Plan, PlanVersion
from app.ports.gateways import Gateways
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.signed_files.keeping import KeptPdf, read_pdf


@dataclass(frozen=True)
class AgreementPdf:
    """The signed document, byte by byte as it was signed."""

    number: str
    sha256: str
    pdf: bytes


def own_pdf(session: Session, *, gateways: Gateways, borrower_id: int, number: str) -> AgreementPdf:
    """Return the signed document of a borrower's agreement.

    Raises: NotFound, also for an agreement of someone else; NotStampedYet, PaperDiffers,
            GatewayDown.
    """
    mine = (
        _files(number)
        .join(PlanVersion, PlanVersion.id == Agreement.version_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .where(Plan.borrower_id == borrower_id)
    )
    return _read(session, gateways, mine, number)


def hand_out_pdf(session: Session, context: Context, *, number: str) -> AgreementPdf:
    """Return the signed document for a member of staff and note who took it.

    Not idempotent: every download is an entry of its own. Raises: NotFound, PaperDiffers,
    NotStampedYet, GatewayDown.
    Source: rule book 9.
    """
    found = _read(session, context.gateways, _files(number), number)

    with transaction(session):
        audit.record(
            session,
            context,
            action="agreement.pdf_taken",
            object_kind="agreement",
            object_id=number,
            after={"sha256": found.sha256},
        )

    return found


def _files(number: str) -> Select[*tuple[Any, ...]]:
    return (
        select(AgreementFile.pdf, AgreementFile.folder, Agreement.pdf_sha256, Agreement.stamp)
        .join(Agreement, Agreement.id == AgreementFile.agreement_id)
        .where(Agreement.number == number)
    )


def _read(
    session: Session, gateways: Gateways, files: Select[*tuple[Any, ...]], number: str
) -> AgreementPdf:
    found = session.execute(files).one_or_none()
    if found is None:
        raise NotFound
    check_stamped(found.stamp)
    # No connection is kept from others while the store is read.
    session.rollback()
    pdf = read_pdf(gateways, KeptPdf(found.pdf, found.folder, found.pdf_sha256))
    return AgreementPdf(number, found.pdf_sha256, pdf)
