"""Exports as their maker and compliance see them: how far each is, and what may be taken."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.models import Export, Staff
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.register.filter import RegisterFilter

PAGE_ROWS = 20
UNFINISHED = ("waiting", "running")


@dataclass(frozen=True)
class ExportFileView:
    """One file that may be taken while it is kept; `number` counts from 1."""

    number: int
    name: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class ExportView:
    """One export; state is waiting, running, done, failed, lapsed or started (by a command).
    `fault` is the code of what went wrong, empty where it is not known.

    Units: fen; rows are agreements.
    """

    public_id: str
    form: str
    state: str
    purpose: str
    wanted: RegisterFilter
    by: str
    at: datetime
    rows: int
    rows_done: int
    total_fen: int
    files: tuple[ExportFileView, ...]
    kept_until: datetime
    is_kept: bool
    fault: str

    @property
    def is_unfinished(self) -> bool:
        """Whether it is still on its way."""
        return self.state in UNFINISHED


@dataclass(frozen=True)
class ExportPage:
    """Exports, newest first; `next_after` is the public id the next page comes after."""

    exports: tuple[ExportView, ...]
    next_after: str | None

    @property
    def is_unfinished(self) -> bool:
        """Whether one of them is still on its way."""
        return any(one.is_unfinished for one in self.exports)


def export_page(
    session: Session, context: Context, *, maker_id: int | None, after: str | None
) -> ExportPage:
    """Return a page of exports: those of one maker, or everyone's for None.

    Raises: NotFound for an `after` that is none.
    Source: rule book 9.
    """
    query = (
        select(Export, Staff.display_name)
        .outerjoin(Staff, Staff.id == Export.staff_id)
        .order_by(Export.id.desc())
        .limit(PAGE_ROWS + 1)
    )
    if maker_id is not None:
        query = query.where(Export.staff_id == maker_id)

    if after is not None:
        at = session.scalar(select(Export.id).where(Export.public_id == after))
        if at is None:
            raise NotFound
        query = query.where(Export.id < at)

    found = session.execute(query).all()
    views = tuple(_view(session, context, row, by) for row, by in found[:PAGE_ROWS])

    return ExportPage(views, views[-1].public_id if len(found) > PAGE_ROWS else None)


def lapses_at(session: Session, *, export: Export) -> datetime:
    """Return until when the files of an export are kept. Source: default policy, export_days."""
    days = active_policy(session)[1].limits.export_days
    # From when it was made, not asked for: one that had to wait is kept as long as any other.
    return (export.finished_at or export.at) + timedelta(days=days)


def _view(session: Session, context: Context, row: Export, by: str | None) -> ExportView:
    until = lapses_at(session, export=row)
    return ExportView(
        public_id=row.public_id,
        form=row.format,
        # What the job has not deleted yet is over all the same.
        state="lapsed" if row.state == "done" and until <= context.now else row.state,
        purpose=row.purpose,
        wanted=RegisterFilter.of(row.filter),
        by=by or row.actor,
        at=row.at,
        rows=row.rows,
        rows_done=row.rows_done,
        total_fen=row.total_fen,
        files=tuple(
            ExportFileView(number, one["name"], one["rows"], one["sha256"])
            for number, one in enumerate(row.files or (), 1)
        ),
        kept_until=until,
        is_kept=row.state == "done" and until > context.now and row.staff_id is not None,
        fault=row.fault or "" if row.state == "failed" else "",
    )
