"""Dues as finance reads them: a month by day, a year by month. Reads only."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.calendar import add_months
from app.models import DuesDay, DuesPass
from app.models.finance import DUES_SUMMED
from app.services.dues.lines import DuesSums


@dataclass(frozen=True)
class DuesRow:
    """A day, or a month by its first day, and what it comes to. Units: fen."""

    on: date
    product: str
    sums: DuesSums

    @property
    def open_fen(self) -> int:
        """Return what is still to come, in fen."""
        return self.sums.due_fen - self.sums.received_fen


@dataclass(frozen=True)
class DuesPage:
    """The rows of a month or a year by day or month and product, their sum, as of which instant:
    None before the first pass was over.
    """

    first: date
    is_year: bool
    rows: tuple[DuesRow, ...]
    total: DuesSums
    products: tuple[str, ...]
    as_of: datetime | None
    # The first and the last day on which anything falls due at all.
    earliest: date | None
    latest: date | None

    @property
    def before(self) -> date | None:
        """Return where the page before begins, None where nothing lies before."""
        is_there = self.earliest is not None and self.earliest < self.first
        return add_months(self.first, -12 if self.is_year else -1) if is_there else None

    @property
    def after(self) -> date | None:
        """Return where the page after begins, None where nothing lies behind."""
        after = add_months(self.first, 12 if self.is_year else 1)
        return after if self.latest is not None and self.latest >= after else None


def dues_page(session: Session, *, month: date, is_year: bool, product: str = "") -> DuesPage:
    """Return what falls due in a month by day, or in its year by month, each product for itself.

    Units:  fen; by moved due dates, as of an instant.
    Source: rules part 1, how a signed plan is kept; ADR 0085.
    """
    first = month.replace(month=1, day=1) if is_year else month.replace(day=1)
    until = add_months(first, 12 if is_year else 1)
    sums = [func.sum(getattr(DuesDay, name)) for name in DUES_SUMMED]
    query = (
        select(DuesDay.due_on, DuesDay.product, *sums)
        .where(DuesDay.due_on >= first, DuesDay.due_on < until)
        .group_by(DuesDay.due_on, DuesDay.product)
        .order_by(DuesDay.due_on, DuesDay.product)
    )
    if product:
        query = query.where(DuesDay.product == product)
    by_key: dict[tuple[date, str], DuesSums] = {}
    total = DuesSums()
    for on, of, *fen in session.execute(query):
        found = DuesSums(*map(int, fen))
        key = (on.replace(day=1) if is_year else on, of)
        by_key[key] = by_key.get(key, DuesSums()).plus(found)
        total = total.plus(found)
    rows = tuple(DuesRow(*key, sums) for key, sums in by_key.items() if any(sums))
    ends = session.execute(select(func.min(DuesDay.due_on), func.max(DuesDay.due_on))).one()
    return DuesPage(first, is_year, rows, total, _products(session), _as_of(session), *ends)


def _products(session: Session) -> tuple[str, ...]:
    names = select(DuesDay.product).distinct().order_by(DuesDay.product)
    return tuple(session.scalars(names))


def _as_of(session: Session) -> datetime | None:
    return session.scalar(select(func.max(DuesPass.began_at)).where(DuesPass.ended_at.is_not(None)))
