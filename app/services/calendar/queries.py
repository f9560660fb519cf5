"""What is known of the working calendar, for the desk and for pages that tell a date."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.holiday_notice import SetDay
from app.models import CalendarDay, CalendarYear

# The notice for a year comes out in the autumn before it.
WARN_FROM_MONTH = 11


@dataclass(frozen=True, slots=True)
class YearView:
    """A year as stored: who put it in, and its days that depart from the week."""

    year: int
    loaded_by: str
    loaded_at: datetime
    days: tuple[SetDay, ...]


def known_until(session: Session) -> date:
    """Return the last day of the last year whose holidays are known.

    Source: U-03.
    """
    year = session.scalar(select(func.max(CalendarYear.year)))
    return date(year or 1, 12, 31)


def missing_year(*, today: date, known_until: date) -> int | None:
    """Return the first year that should be in the calendar by now and is not: this one, and from
    1 November the next.

    Source: U-03.
    """
    needed = today.year + (today.month >= WARN_FROM_MONTH)
    return known_until.year + 1 if known_until.year < needed else None


def calendar_years(session: Session) -> tuple[YearView, ...]:
    """Return the years that are known, newest first, each with its days in order."""
    days: dict[int, list[SetDay]] = {}
    for row in session.scalars(select(CalendarDay).order_by(CalendarDay.day_on)):
        days.setdefault(row.notice_year, []).append(SetDay(row.day_on, row.is_working, row.name))
    years = session.scalars(select(CalendarYear).order_by(CalendarYear.year.desc()))
    return tuple(
        YearView(one.year, one.loaded_by, one.loaded_at, tuple(days.get(one.year, ())))
        for one in years
    )
