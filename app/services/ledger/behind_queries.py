"""Which plans' books are behind the day: never opened, something fell due, a month ended after a
break.
"""

from collections import defaultdict
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from app.domain.calendar import midnight
from app.domain.keeping.workdays import WorkCalendar
from app.domain.states import KEPT_PLANS
from app.models import Agreement, DateChange, DueDate, Journal, Plan
from app.services.core.working_days import CALENDAR_STATE, LONGEST_BREAK_DAYS, days_off_and_on

# A day on which nobody came by is made up for within so many.
WITHIN_DAYS = 3


def plans_behind(session: Session, *, today: date, after: int, limit: int) -> tuple[int, ...]:
    """Return signed plans whose books lack something of today or the days before, in the order of
    their ids, those after one; a plan is told again until something is posted to it, or the days
    are over.

    Source: rules part 1, the ledger; ADR 0077.
    """
    fell_due = [_fell_due(moved_on, days) for moved_on, days in _moved(session, today).items()]
    never = ~select(Journal.id).where(Journal.plan_id == Plan.id).exists()
    query: Select[int] = (
        select(Plan.id)
        .where(
            Plan.id > after,
            or_(
                and_(Plan.state.in_(KEPT_PLANS), or_(never, *fell_due)),
                and_(Plan.state == "broken", ~_posted_since(today.replace(day=1))),
            ),
        )
        .order_by(Plan.id)
    )
    return tuple(session.scalars(query.limit(limit)))


def _moved(session: Session, today: date) -> dict[date, list[date]]:
    """Return which printed days moved to each of the last days."""
    first = today - timedelta(days=WITHIN_DAYS + LONGEST_BREAK_DAYS)
    state = tuple(session.execute(select(*CALENDAR_STATE)).one())
    calendar = WorkCalendar(*days_off_and_on(session, state=state))
    found: dict[date, list[date]] = defaultdict(list)
    for number in range((today - first).days + 1):
        day = first + timedelta(days=number)
        moved_on = calendar.moved(day)
        if today - timedelta(days=WITHIN_DAYS) < moved_on <= today:
            found[moved_on].append(day)
    return found


def _fell_due(moved_on: date, days: list[date]) -> ColumnElement[bool]:
    printed = (
        select(DueDate.number)
        .join(Agreement, Agreement.id == DueDate.agreement_id)
        .where(Agreement.version_id == Plan.active_version_id, DueDate.due_on.in_(days))
    )
    changed = select(DateChange.id).where(
        DateChange.plan_id == Plan.id, DateChange.due_on.in_(days)
    )
    return and_(or_(printed.exists(), changed.exists()), ~_posted_since(moved_on))


def _posted_since(day: date) -> ColumnElement[bool]:
    since = Journal.posted_at >= midnight(day)
    return select(Journal.id).where(Journal.plan_id == Plan.id, since).exists()
