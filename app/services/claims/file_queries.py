"""Files of repayments as finance reads them: what they held, what was wrong, up to when money is
known. Reads only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.models import StatementFault, StatementFile
from app.services.core.context import Context
from app.services.keeping.coverage_queries import Coverage, coverage

PAGE_FILES, PAGE_FAULTS = 25, 100


@dataclass(frozen=True)
class FileRow:
    """One file with its figures. Units: fen."""

    key: int
    public_id: str
    name: str
    state: str
    reason: str
    covers_until_on: date | None
    rows: int
    posted: int
    duplicates: int
    unmatched: int
    rejected: int
    total_fen: int
    received_at: datetime


@dataclass(frozen=True)
class FilesPage:
    """Files, the newest first; `next_key` leads on."""

    files: tuple[FileRow, ...]
    coverage: Coverage
    next_key: int | None


@dataclass(frozen=True)
class LineFault:
    """One line that was not taken: the first thing wrong with it, and what to do."""

    line: int
    field: str
    code: str
    message: str


@dataclass(frozen=True)
class FileView:
    """One file and some of the lines that were not taken; `next_line` leads on."""

    file: FileRow
    faults: tuple[LineFault, ...]
    next_line: int | None


def files_page(session: Session, context: Context, *, before_key: int | None = None) -> FilesPage:
    """Return a page of the files received, those before a key."""
    query = select(StatementFile).order_by(StatementFile.id.desc())
    if before_key is not None:
        query = query.where(StatementFile.id < before_key)
    found = session.scalars(query.limit(PAGE_FILES + 1)).all()
    rows = tuple(map(_file_row, found[:PAGE_FILES]))
    next_key = rows[-1].key if len(found) > PAGE_FILES else None
    return FilesPage(rows, coverage(session, today=context.today), next_key)


def file_view(session: Session, *, public_id: str, after_line: int = 0) -> FileView:
    """Return one file with the lines that were not taken, from a line on. Raises: NotFound."""
    file = _file(session, public_id)
    faults = select(StatementFault).where(
        StatementFault.file_id == file.id, StatementFault.line > after_line
    )
    found = session.scalars(faults.order_by(StatementFault.line).limit(PAGE_FAULTS + 1)).all()
    shown = tuple(map(_fault, found[:PAGE_FAULTS]))
    return FileView(_file_row(file), shown, shown[-1].line if len(found) > PAGE_FAULTS else None)


def file_faults(session: Session, *, public_id: str) -> Iterator[LineFault]:
    """Yield every line of a file that was not taken, in order. Raises: NotFound."""
    file = _file(session, public_id)
    faults = select(StatementFault).where(StatementFault.file_id == file.id)
    yield from map(_fault, session.scalars(faults.order_by(StatementFault.line)))


def _file(session: Session, public_id: str) -> StatementFile:
    one = select(StatementFile).where(StatementFile.public_id == public_id)
    found = session.scalars(one).one_or_none()
    if found is None:
        raise NotFound
    return found


def _file_row(one: StatementFile) -> FileRow:
    return FileRow(
        key=one.id,
        public_id=one.public_id,
        name=one.name,
        state=one.state,
        reason=one.reason or "",
        covers_until_on=one.covers_until_on,
        rows=one.rows,
        posted=one.posted,
        duplicates=one.duplicates,
        unmatched=one.unmatched,
        rejected=one.rejected,
        total_fen=one.total_fen,
        received_at=one.received_at,
    )


def _fault(one: StatementFault) -> LineFault:
    return LineFault(one.line, one.field, one.code, one.message)
