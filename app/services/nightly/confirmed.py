"""A file that waited and was confirmed: judged anew from its kept rows, and applied."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.models import NightlyFile
from app.services.core.context import Context
from app.services.nightly.importing import (
    EVERY_REASON,
    ImportReport,
    ReceivedFile,
    judge_and_apply,
    layout_of,
    newest_file,
)
from app.services.nightly.kept_lines import KeptBook


def confirmed_files(session: Session) -> list[str]:
    """Return the files that were confirmed and are not applied yet, the oldest first."""
    confirmed = select(NightlyFile.public_id).where(NightlyFile.state == "confirmed")
    return list(session.scalars(confirmed.order_by(NightlyFile.id)))


def apply_confirmed(session: Session, context: Context, *, public_id: str) -> ImportReport:
    """Judge a confirmed file anew, beside what is stored by now, and apply it.

    Idempotent: once it is applied it is not confirmed any more, and not found.
    Raises: NotFound, OtherImport.
    """
    newest = newest_file(session)
    confirmed = select(NightlyFile).where(
        NightlyFile.public_id == public_id, NightlyFile.state == "confirmed"
    )
    file = session.scalars(confirmed).one_or_none()
    if file is None or file.as_of_on is None:
        raise NotFound
    book = KeptBook(session, context.vault, file)
    received = ReceivedFile(
        book, context.actor, context.now, newest, agreed=EVERY_REASON, kept=file.id
    )
    return judge_and_apply(
        session, context, received=received, layout=layout_of(book), as_of=file.as_of_on
    )
