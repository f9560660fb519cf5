"""Time stamps that could not be had at the signature: asked for again until a file has one."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.domain.stamps import DUE, STAMPED
from app.models import Agreement, AgreementFile, PlanVersion
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.transaction import transaction
from app.services.plans.steps import readable
from app.services.signed_files.keeping import KeptPdf, StoredPdf, read_pdf, store_pdf

ACTOR = Actor("job:stamps")


@dataclass(frozen=True)
class _WaitingFile:
    """A file without its stamp, as it was read."""

    agreement_id: int
    version: str
    kept: KeptPdf


def waiting_for_stamp(session: Session, *, limit: int) -> tuple[str, ...]:
    """Return the numbers of agreements whose file waits for its time stamp, the oldest first."""
    query = select(Agreement.number).where(Agreement.stamp == DUE)
    found = tuple(session.scalars(query.order_by(Agreement.id).limit(limit)))
    session.rollback()
    return found


def stamp_agreement(session: Session, context: Context, *, number: str) -> bool:
    """Have the file of a signed agreement stamped; tell whether it was done here.

    The seal has room for it: what was signed stays byte for byte (ADR 0053).
    Idempotent on: the agreement; of two at once one puts its stamp in.
    Raises: NotFound, PaperDiffers, GatewayDown; then it goes on waiting.
    Source: I-10, product, step 7.
    """
    found = _read(session, number)
    # No connection is kept from others while store and authority are waited for.
    session.rollback()
    if found is None:
        return False
    pdf = read_pdf(context.gateways, found.kept)
    stamped = context.gateways.signer.stamp(pdf, at=context.now)
    file = store_pdf(context.gateways, stamped.pdf)

    with transaction(session):
        agreement = session.get_one(Agreement, found.agreement_id, with_for_update=True)
        if agreement.stamp != DUE or agreement.pdf_sha256 != found.kept.sha256:
            return False
        before = {"stamp": DUE, "pdf_sha256": found.kept.sha256}
        agreement.stamp, agreement.stamped_at = STAMPED, stamped.at
        agreement.pdf_sha256 = file.sha256
        _name(session.get_one(AgreementFile, agreement.id, with_for_update=True), file)
        session.flush()
        after = {name: getattr(agreement, name) for name in ("stamp", "stamped_at", "pdf_sha256")}
        audit.record(
            session,
            context.by(ACTOR),
            action="plan.stamped",
            object_kind="plan_version",
            object_id=found.version,
            before=before,
            after=readable(after),
        )
    return True


def _read(session: Session, number: str) -> _WaitingFile | None:
    """Read a file that waits. Raises: NotFound where there is no such agreement."""
    row = session.execute(
        select(Agreement, AgreementFile.pdf, AgreementFile.folder, PlanVersion.public_id)
        .join(AgreementFile, AgreementFile.agreement_id == Agreement.id)
        .join(PlanVersion, PlanVersion.id == Agreement.version_id)
        .where(Agreement.number == number)
    ).one_or_none()
    if row is None:
        raise NotFound
    agreement, pdf, folder, version = row
    if agreement.stamp != DUE:
        return None
    return _WaitingFile(agreement.id, version, KeptPdf(pdf, folder, agreement.pdf_sha256))


def _name(row: AgreementFile, file: StoredPdf) -> None:
    """From now on the row names the stamped file, and the one before it beside."""
    row.unstamped_folder, row.pdf = row.folder, None
    row.folder, row.size = file.folder, file.size
