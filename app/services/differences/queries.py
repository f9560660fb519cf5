"""Ledger and file of a day as finance reads them: by component, and what is open. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from app.models import DifferenceDay, FileDifference, Loan, Staff
from app.services.core.context import Context
from app.services.differences.explaining import COMPONENTS

PAGE_ROWS = 25
# Not the name of a rule in the sums of a day.
PLAIN = ("ledger", "file", "open")


@dataclass(frozen=True)
class ComponentSum:
    """A component over all loans that differ in it. Units: fen; `rules` what each explains."""

    component: str
    ledger_fen: int
    file_fen: int
    rules: Mapping[str, int]
    open_fen: int

    @property
    def explained_fen(self) -> int:
        """Return what rules explain, in fen."""
        return sum(self.rules.values())


@dataclass(frozen=True)
class OpenRow:
    """A difference that no rule explains. Units: fen; days since the file that first told it."""

    key: int
    ref: str
    loan: str
    component: str
    ledger_fen: int
    file_fen: int
    open_fen: int
    days: int
    owner: str
    is_mine: bool
    words: str


@dataclass(frozen=True)
class DifferencesPage:
    """The newest file held against the ledger; `next_key` leads on. None where no file was."""

    as_of_on: date | None
    ended_at: datetime | None
    plans: int
    loans: int
    sums: tuple[ComponentSum, ...]
    open_count: int
    unowned: int
    rows: tuple[OpenRow, ...]
    next_key: str | None

    @property
    def open_fen(self) -> int:
        """Return what is open in all, in fen."""
        return sum(one.open_fen for one in self.sums)


def differences_page(
    session: Session, context: Context, *, after: tuple[date, int] | None = None
) -> DifferencesPage:
    """Return what is open by the newest file, the oldest first, after a place in the list.

    Source: rules part 1, the ledger.
    """
    newest = select(DifferenceDay).order_by(DifferenceDay.as_of_on.desc()).limit(1)
    day = session.scalars(newest).one_or_none()
    if day is None:
        return DifferencesPage(None, None, 0, 0, (), 0, 0, (), None)
    mine = (FileDifference.as_of_on == day.as_of_on, FileDifference.open_fen != 0)
    count = select(func.count()).where(*mine)
    query: Any = (
        select(FileDifference, Loan.ref, Loan.public_id, Staff.display_name)
        .join(Loan, Loan.id == FileDifference.loan_id)
        .outerjoin(Staff, Staff.id == FileDifference.owner_id)
        .where(*mine)
        .order_by(FileDifference.since_on, FileDifference.id)
    )
    if after is not None:
        query = query.where(tuple_(FileDifference.since_on, FileDifference.id) > after)
    found = session.execute(query.limit(PAGE_ROWS + 1)).all()
    rows = tuple(_row(context, *one) for one in found[:PAGE_ROWS])
    last = found[PAGE_ROWS - 1][0] if len(found) > PAGE_ROWS else None
    return DifferencesPage(
        as_of_on=day.as_of_on,
        ended_at=day.ended_at,
        plans=day.plans,
        loans=day.loans,
        sums=tuple(_sum(name, day.sums.get(name, {})) for name in COMPONENTS),
        open_count=session.scalar(count) or 0,
        unowned=session.scalar(count.where(FileDifference.owner_id.is_(None))) or 0,
        rows=rows,
        next_key=f"{last.since_on.isoformat()}.{last.id}" if last else None,
    )


def _sum(name: str, told: Mapping[str, int]) -> ComponentSum:
    rules = {rule: fen for rule, fen in told.items() if rule not in PLAIN and fen}
    return ComponentSum(
        name, told.get("ledger", 0), told.get("file", 0), rules, told.get("open", 0)
    )


def _row(context: Context, one: FileDifference, ref: str, loan: str, owner: str | None) -> OpenRow:
    return OpenRow(
        key=one.id,
        ref=ref,
        loan=loan,
        component=one.component,
        ledger_fen=one.ledger_fen,
        file_fen=one.file_fen,
        open_fen=one.open_fen,
        days=(context.today - one.since_on).days,
        owner=owner or "",
        is_mine=one.owner_id is not None and one.owner_id == context.staff.staff_id,
        words=one.words,
    )
