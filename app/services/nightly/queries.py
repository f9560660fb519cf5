"""Nightly files as the desk sees them: results, faults and the amounts that are not ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Text, cast, func, select
from sqlalchemy.orm import Session

from app.domain.arrears import bucket
from app.domain.errors import NotFound
from app.models import Loan, LoanSnapshot, NightlyFault, NightlyFile

PAGE = 50
# A page for people: where there are more, the file as a whole is at fault.
MOST_DIFFERENCES = 200


@dataclass(frozen=True)
class NightlyFileView:
    """One file received. Units: totals in fen; state is applied, unchanged, waiting, superseded or
    refused.
    """

    public_id: str
    name: str
    as_of_on: date | None
    state: str
    reason: str
    rows: int
    accepted: int
    unchanged: int
    rejected: int
    vanished: int
    discrepancies: int
    over_ceiling: int
    totals_fen: Mapping[str, int]
    received_at: datetime
    received_by: str


@dataclass(frozen=True)
class FilePage:
    """Files, newest first; `next_key` asks for the older ones."""

    files: tuple[NightlyFileView, ...]
    next_key: int | None


@dataclass(frozen=True)
class FaultView:
    """One rejected line."""

    line: int
    ref: str
    field: str
    code: str
    message: str


@dataclass(frozen=True)
class DifferenceView:
    """One amount where the file is not ours. Units: fen."""

    line: int
    ref: str
    loan_public_id: str
    component: str
    file_fen: int
    ours_fen: int


@dataclass(frozen=True)
class FileDetail:
    """One file with a page of its faults; `next_line` asks for the later ones."""

    file: NightlyFileView
    faults: tuple[FaultView, ...]
    next_line: int | None
    differences: tuple[DifferenceView, ...]
    buckets: Mapping[str, int]


def nightly_files(
    session: Session, *, before_key: int | None = None, limit: int = PAGE
) -> FilePage:
    """Return a page of the files received, newest first."""
    query = select(NightlyFile).order_by(NightlyFile.id.desc()).limit(limit + 1)
    if before_key is not None:
        query = query.where(NightlyFile.id < before_key)
    files = session.scalars(query).all()
    shown = files[:limit]
    return FilePage(tuple(map(_view, shown)), shown[-1].id if len(files) > limit else None)


def nightly_file(
    session: Session, *, public_id: str, after_line: int = 0, limit: int = PAGE
) -> FileDetail:
    """Return one file with the faults after a line, its differences and how many loans are in each
    bucket.

    Raises: NotFound.
    """
    file = session.scalars(
        select(NightlyFile).where(NightlyFile.public_id == public_id)
    ).one_or_none()
    if file is None:
        raise NotFound

    ordered = select(NightlyFault).where(
        NightlyFault.file_id == file.id, NightlyFault.line > after_line
    )
    faults = session.scalars(ordered.order_by(NightlyFault.line).limit(limit + 1)).all()
    shown = faults[:limit]

    return FileDetail(
        file=_view(file),
        faults=tuple(
            FaultView(one.line, one.ref, one.field, one.code, one.message) for one in shown
        ),
        next_line=shown[-1].line if len(faults) > limit else None,
        differences=_differences(session, file),
        buckets=_buckets(session, file),
    )


def _view(file: NightlyFile) -> NightlyFileView:
    return NightlyFileView(
        public_id=file.public_id,
        name=file.name,
        as_of_on=file.as_of_on,
        state=file.state,
        reason=file.reason or "",
        rows=file.rows,
        accepted=file.accepted,
        unchanged=file.unchanged,
        rejected=file.rejected,
        vanished=file.vanished,
        discrepancies=file.discrepancies,
        over_ceiling=file.over_ceiling,
        totals_fen=file.totals,
        received_at=file.received_at,
        received_by=file.received_by,
    )


def _differences(session: Session, file: NightlyFile) -> tuple[DifferenceView, ...]:
    if file.as_of_on is None:
        return ()

    query = (
        select(LoanSnapshot, Loan.ref, Loan.public_id)
        .join(Loan, Loan.id == LoanSnapshot.loan_id)
        # Compared as text, since JSON has no common equality on the two databases; the column is
        # always written in one form.
        .where(_of_day(file.as_of_on), cast(LoanSnapshot.differences, Text) != "{}")
        .order_by(LoanSnapshot.line)
        .limit(MOST_DIFFERENCES)
    )

    found = []
    for row, ref, public_id in session.execute(query):
        for component, fen in sorted(row.differences.items()):
            theirs = getattr(row, f"{component}_fen")
            # Stored is file minus engine, so ours is what is left of theirs.
            found.append(DifferenceView(row.line, ref, public_id, component, theirs, theirs - fen))

    return tuple(found)


def _buckets(session: Session, file: NightlyFile) -> dict[str, int]:
    counts = dict.fromkeys(("M0", "M1", "M2", "M3", "M4+"), 0)
    if file.as_of_on is None:
        return counts
    query = select(LoanSnapshot.days_past_due, func.count()).where(_of_day(file.as_of_on))
    for days, count in session.execute(query.group_by(LoanSnapshot.days_past_due)):
        counts[bucket(days)] += count
    return counts


def _of_day(as_of: date) -> ColumnElement[bool]:
    """Return the figures of a day, whichever of its files they came with."""
    return LoanSnapshot.file_id.in_(select(NightlyFile.id).where(NightlyFile.as_of_on == as_of))
