"""PDFs that lie in the database go to the storage in small steps, and back before a step down."""

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Agreement, AgreementFile
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.transaction import transaction
from app.services.signed_files.keeping import KeptPdf, StoredPdf, read_pdf, store_pdf

ACTOR = Actor("job:papers")
# So many are in memory at once, and change hands with one commit: some 4 MB.
STEP = 20


def move_out(session: Session, context: Context, *, limit: int) -> int:
    """Move up to `limit` PDFs, and at most a step of them, out of the database; return how many.

    One that is not the signed one is moved as it is: it stays refused, `check-invariants` tells.
    Idempotent on: the row; of two at once one moves it, and the sweep deletes the other's file.
    Raises: GatewayDown; then nothing of the step is moved.
    Source: ADR 0073.
    """
    query = select(AgreementFile.agreement_id, AgreementFile.pdf)
    query = query.where(AgreementFile.pdf.is_not(None)).order_by(AgreementFile.agreement_id)
    found = session.execute(query.limit(min(limit, STEP))).all()
    # The files are written while no connection is held.
    session.rollback()
    if not found:
        return 0
    stored = {one.agreement_id: store_pdf(context.gateways, one.pdf) for one in found}

    with transaction(session):
        done = sum(_name(session, key, file) for key, file in stored.items())
        if done:
            _record(session, context.by(ACTOR), "agreement.files_moved", done)
    return done


def take_in(session: Session, context: Context) -> int:
    """Take a step of PDFs back into the database; return how many, none where there are no more.
    Nobody may sign, and no job run, meanwhile.

    Idempotent on: the row. The files stay, named as before.
    Raises: PaperDiffers, GatewayDown; then nothing of the step is taken.
    Source: ADR 0073.
    """
    query = (
        select(AgreementFile.agreement_id, AgreementFile.folder, Agreement.pdf_sha256)
        .join(Agreement, Agreement.id == AgreementFile.agreement_id)
        .where(AgreementFile.pdf.is_(None))
        .order_by(AgreementFile.agreement_id)
    )
    found = session.execute(query.limit(STEP)).all()
    session.rollback()
    if not found:
        return 0
    pdfs = {
        (key, folder): read_pdf(context.gateways, KeptPdf(None, folder, sha256))
        for key, folder, sha256 in found
    }

    with transaction(session):
        for (key, folder), pdf in pdfs.items():
            row = _locked(session, key)
            # Stamped meanwhile it names another file: the next step takes that.
            if row.folder == folder:
                row.pdf = pdf
        _record(session, context, "agreement.files_taken_in", len(pdfs))
    return len(pdfs)


def _name(session: Session, key: int, file: StoredPdf) -> bool:
    """Let a row name its file, where it still holds the very bytes."""
    row = _locked(session, key)
    if row.pdf is None or hashlib.sha256(row.pdf).hexdigest() != file.sha256:
        return False
    row.folder, row.size, row.pdf = file.folder, file.size, None
    return True


def _locked(session: Session, key: int) -> AgreementFile:
    return session.get_one(AgreementFile, key, with_for_update=True)


def _record(session: Session, context: Context, action: str, count: int) -> None:
    session.flush()
    audit.record(
        session,
        context,
        action=action,
        object_kind="agreement",
        object_id="-",
        after={"files": count},
    )
