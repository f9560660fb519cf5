"""Months as finance reads them: what stands in the way of closing, what was closed. Reads only."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.models import MonthClose, Payment, Refund, Staff
from app.services.closing.closing_days import closable_on
from app.services.closing.figures import last_close, next_month
from app.services.core.context import Context

PAGE_ROWS = 24
STAFF = "staff:"


@dataclass(frozen=True)
class MonthRow:
    """A month that is frozen or closed, and by whom."""

    month: date
    state: str
    journals: int
    moves: int
    content_sha256: str
    report_sha256: str
    frozen_at: datetime
    frozen_by: str
    closed_at: datetime | None
    closed_by: str
    is_mine: bool


@dataclass(frozen=True)
class MonthsPage:
    """The month to be closed next with what still lies about, and those before."""

    next: date | None
    closable_on: date | None
    is_ready: bool
    waits: bool
    unmatched: int
    unowned: int
    refunds: int
    months: tuple[MonthRow, ...]


def months_page(session: Session, context: Context, *, before: date | None = None) -> MonthsPage:
    """Return the months, the latest first, those before one; what lies about hinders nobody from
    closing, for it is posted where it belongs when it is seen to.

    Source: rules part 1, the ledger.
    """
    last, following = last_close(session), next_month(session)
    waits = last is not None and last.state != "closed"
    first = closable_on(following) if following else None
    lies = select(func.count()).where(Payment.state == "unmatched")
    query = _rows().order_by(MonthClose.month_on.desc()).limit(PAGE_ROWS)
    if before is not None:
        query = query.where(MonthClose.month_on < before)
    rows = session.execute(query).all()
    return MonthsPage(
        next=following,
        closable_on=first,
        is_ready=not waits and first is not None and first <= context.today,
        waits=waits,
        unmatched=session.scalar(lies) or 0,
        unowned=session.scalar(lies.where(Payment.owner_id.is_(None))) or 0,
        refunds=session.scalar(select(func.count()).where(Refund.state == "asked")) or 0,
        months=tuple(_row(context, *row) for row in rows),
    )


def month_report(session: Session, *, month: date) -> str:
    """Return the report of a month as it was kept. Raises: NotFound."""
    found = session.scalar(select(MonthClose.report).where(MonthClose.month_on == month))
    if found is None:
        raise NotFound
    return found


def _rows() -> Any:
    return select(MonthClose, _name(MonthClose.frozen_by), _name(MonthClose.closed_by))


def _name(who: Any) -> ColumnElement[str]:
    """The name of a member of staff, empty where none of them did it."""
    name = select(Staff.display_name).where(who == STAFF + Staff.public_id)
    return func.coalesce(name.scalar_subquery(), "")


def _row(context: Context, one: MonthClose, frozen_by: str, closed_by: str) -> MonthRow:
    return MonthRow(
        month=one.month_on,
        state=one.state,
        journals=one.journals,
        moves=one.moves,
        content_sha256=one.content_sha256,
        report_sha256=one.report_sha256,
        frozen_at=one.frozen_at,
        frozen_by=frozen_by,
        closed_at=one.closed_at,
        closed_by=closed_by,
        is_mine=one.frozen_person == context.staff.person_id,
    )
