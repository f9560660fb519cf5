"""The sealed PDF of a certificate: made when it is first asked for, the same bytes ever after."""

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.texts import N_
from app.models import Certificate, CertificateFile, Plan
from app.ports.gateways import Gateways
from app.services.certificates.paper import DOCUMENT, paper_values
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.signed_files.keeping import KeptPdf, read_pdf
from app.services.signed_files.sealing import sealed_pdf


class CertificateWithdrawn(RuleBroken):
    """The certificate was withdrawn: no paper of it is handed out any more."""

    code = "certificate_withdrawn"
    message = N_("这张证明已经收回，不能再下载")


@dataclass(frozen=True)
class CertificatePdf:
    """The sealed document, byte by byte as it is kept."""

    number: str
    title: str
    sha256: str
    pdf: bytes = field(repr=False)


def make_certificate_file(
    session: Session, context: Context, *, borrower_id: int, public_id: str
) -> None:
    """Set, seal, stamp and store the PDF of a borrower's certificate, unless it is there.

    Idempotent on: the certificate; of two at once the first is kept, the sweep takes the other's.
    Raises: NotFound, also for one of someone else; CertificateWithdrawn, GlyphMissing, GatewayDown.
    Source: rules part 1, how a signed plan is kept: completed; ADR 0078.
    """
    found, file = _mine(session, borrower_id, public_id)
    if file is not None:
        return
    key = found.id
    values = paper_values(
        text=found.text,
        text_sha256=found.text_sha256,
        check_code=found.check_code,
        base_url=context.site.base_url,
        sealed_at=context.now,
    )
    # No connection is kept from others while it is made and stamped.
    session.rollback()
    made = sealed_pdf(context.gateways, document=DOCUMENT, values=values, at=context.now)
    stored = made.stored

    with transaction(session):
        row = session.get_one(Certificate, key, with_for_update=True)
        if row.withdrawn_at is not None:
            raise CertificateWithdrawn
        if session.get(CertificateFile, key) is not None:
            return
        session.add(
            CertificateFile(
                certificate_id=key,
                folder=stored.folder,
                sha256=stored.sha256,
                size=stored.size,
                sealed_at=context.now,
                stamped_at=made.stamped_at,
            )
        )
        audit.record(
            session,
            context,
            action="certificate.sealed",
            object_kind="certificate",
            object_id=public_id,
            after={"number": values["number"], "sha256": stored.sha256},
        )


def own_certificate_pdf(
    session: Session, *, gateways: Gateways, borrower_id: int, public_id: str
) -> CertificatePdf:
    """Return the PDF of a borrower's certificate as it is kept.

    Raises: NotFound, also for one of someone else and where none is made yet;
            CertificateWithdrawn, PaperDiffers, GatewayDown.
    """
    found, file = _mine(session, borrower_id, public_id)
    if file is None:
        raise NotFound
    kept = KeptPdf(None, file.folder, file.sha256)
    number, title = found.text["number"], found.text["title"]
    # No connection is kept from others while the store is read.
    session.rollback()
    return CertificatePdf(number, title, kept.sha256 or "", read_pdf(gateways, kept))


def _mine(
    session: Session, borrower_id: int, public_id: str
) -> tuple[Certificate, CertificateFile | None]:
    """Return a borrower's certificate in force with its file, if it has one.

    Raises: NotFound, CertificateWithdrawn.
    """
    query = (
        select(Certificate, CertificateFile)
        .join(Plan, Plan.id == Certificate.plan_id)
        .outerjoin(CertificateFile, CertificateFile.certificate_id == Certificate.id)
        .where(Certificate.public_id == public_id, Plan.borrower_id == borrower_id)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    if row[0].withdrawn_at is not None:
        raise CertificateWithdrawn
    return row[0], row[1]
