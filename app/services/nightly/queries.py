"""Nightly files as the desk sees them: results, faults and the amounts that are not ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Text, cast, func, literal, select
from sqlalchemy.orm import Session

from app.domain.arrears import BUCKETS, bucket
from app.domain.errors import NotFound
from app.models import Loan, LoanSnapshot, NightlyFault, NightlyFile, NightlyFileAct, Staff
from app.services.nightly.people import PersonConflict
from app.services.nightly.reasons import WaitReason

PAGE = 50
# A page for people: where there are more, the file as a whole is at fault.
MOST_DIFFERENCES = 200
STORED = ("applied", "unchanged")


@dataclass(frozen=True)
class NightlyFileView:
    """One file received. Units: totals in fen; state is applied, unchanged, waiting, confirmed,
    declined, superseded or refused.
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

    line: int | None
    ref: str
    loan_public_id: str
    component: str
    file_fen: int
    ours_fen: int


@dataclass(frozen=True)
class ActView:
    """What someone decided about a file; the name is empty where a command did."""

    act: str
    words: str
    name: str
    at: datetime


@dataclass(frozen=True)
class FileDetail:
    """One file with a page of its faults; `next_line` asks for the later ones.

    What nothing is stored of shows its own differences and ages; `gone` are the first loans that
    are not in it.
    """

    file: NightlyFileView
    faults: tuple[FaultView, ...]
    next_line: int | None
    differences: tuple[DifferenceView, ...]
    buckets: Mapping[str, int]
    reasons: tuple[WaitReason, ...] = ()
    gone: tuple[str, ...] = ()
    acts: tuple[ActView, ...] = ()
    conflicts: tuple[PersonConflict, ...] = ()

    @property
    def is_stored(self) -> bool:
        """Whether the figures of the file stand, or stood until newer ones came."""
        return self.file.state in STORED


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
    is_stored = file.state in STORED

    return FileDetail(
        file=_view(file),
        faults=tuple(
            FaultView(one.line, one.ref, one.field, one.code, one.message) for one in shown
        ),
        next_line=shown[-1].line if len(faults) > limit else None,
        differences=_differences(session, file) if is_stored else _own_differences(session, file),
        buckets=_buckets(session, file) if is_stored else _own_buckets(file),
        reasons=tuple(
            WaitReason(one["code"], one["values"]) for one in file.findings.get("reasons", ())
        ),
        gone=tuple(file.findings.get("gone", ())),
        acts=_acts(session, file),
        conflicts=tuple(
            PersonConflict(**one | {"lines": tuple(one["lines"])})
            for one in file.findings.get("conflicts", ())
        ),
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
            # Of another file of the day the line would point at nothing in this one.
            line = row.line if row.file_id == file.id else None
            # Stored is file minus engine, so ours is what is left of theirs.
            found.append(DifferenceView(line, ref, public_id, component, theirs, theirs - fen))

    return tuple(found)


def _own_differences(session: Session, file: NightlyFile) -> tuple[DifferenceView, ...]:
    """What the file said when it was judged; a loan that is not stored leads nowhere."""
    rows = file.findings.get("differences", ())
    refs = {ref for _line, ref, *_ in rows}
    query = select(Loan.ref, Loan.public_id).where(Loan.ref.in_(refs))
    known = {ref: public_id for ref, public_id in session.execute(query)}
    return tuple(
        DifferenceView(line, ref, known.get(ref, ""), component, theirs, ours)
        for line, ref, component, theirs, ours in rows
    )


def _own_buckets(file: NightlyFile) -> dict[str, int]:
    ages: dict[str, int] = file.findings.get("ages", {})
    return dict.fromkeys(BUCKETS, 0) | ages


def _acts(session: Session, file: NightlyFile) -> tuple[ActView, ...]:
    name = func.coalesce(Staff.display_name, "")
    query = (
        select(NightlyFileAct.act, NightlyFileAct.words, name, NightlyFileAct.at)
        .outerjoin(Staff, NightlyFileAct.who == literal("staff:") + Staff.public_id)
        .where(NightlyFileAct.file_id == file.id)
        .order_by(NightlyFileAct.id)
    )
    return tuple(ActView(*row) for row in session.execute(query))


def _buckets(session: Session, file: NightlyFile) -> dict[str, int]:
    counts = dict.fromkeys(BUCKETS, 0)
    if file.as_of_on is None:
        return counts
    query = select(LoanSnapshot.days_past_due, func.count()).where(_of_day(file.as_of_on))
    for days, count in session.execute(query.group_by(LoanSnapshot.days_past_due)):
        counts[bucket(days)] += count
    return counts


def _of_day(as_of: date) -> ColumnElement[bool]:
    """Return the figures of a day, whichever of its files they came with."""
    return LoanSnapshot.file_id.in_(select(NightlyFile.id).where(NightlyFile.as_of_on == as_of))
