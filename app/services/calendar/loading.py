"""A year of the working calendar is put in, or put right."""

from datetime import date

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.holiday_notice import HolidayNotice
from app.domain.texts import N_
from app.models import CalendarDay, CalendarYear
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction


class YearNotNext(RuleBroken):
    """The years that are known have no gap; one far ahead is a slip of the hand."""

    code = "year_not_next"
    message = N_("日历已到 %(known)s 年，接下来请导入 %(next)s 年")


def load_calendar_year(session: Session, context: Context, *, found: HolidayNotice) -> int:
    """Put a year in the place of what was stored of it; return how many days now differ from
    before. The same year again changes nothing. Dates promised before stay as promised.

    Raises: YearNotNext.
    Source: U-03.
    """
    with transaction(session):
        row = session.get(CalendarYear, found.year, with_for_update=True)
        known = session.scalar(select(func.max(CalendarYear.year)))
        if known and found.year > known + 1:
            raise YearNotNext(known=known, next=known + 1)
        before = _stored(session, found)
        changed = {(day.on, day.is_working) for day in found.days} ^ before
        if row and not changed:
            return 0
        _replace(session, found)
        session.merge(
            CalendarYear(year=found.year, loaded_by=context.actor.who, loaded_at=context.now)
        )
        audit.record(
            session,
            context,
            action="calendar.loaded",
            object_kind="calendar",
            object_id=str(found.year),
            before={"days_off": _count(before, False), "days_on": _count(before, True)},
            after={
                "days_off": sum(not day.is_working for day in found.days),
                "days_on": sum(day.is_working for day in found.days),
                "changed": len({on for on, _ in changed}),
            },
        )
    return len({on for on, _ in changed})


def _stored(session: Session, found: HolidayNotice) -> set[tuple[date, bool]]:
    query = select(CalendarDay.day_on, CalendarDay.is_working).where(_of(found))
    return {(on, is_working) for on, is_working in session.execute(query)}


def _count(days: set[tuple[date, bool]], is_working: bool) -> int:
    return sum(one == is_working for _, one in days)


def _replace(session: Session, found: HolidayNotice) -> None:
    session.execute(delete(CalendarDay).where(_of(found)))
    session.add_all(
        CalendarDay(day_on=day.on, is_working=day.is_working, name=day.name, notice_year=found.year)
        for day in found.days
    )
    session.flush()


def _of(found: HolidayNotice) -> ColumnElement[bool]:
    """Rows the year sets, and those of a neighbour on the same days: the newest notice counts."""
    return or_(
        CalendarDay.notice_year == found.year,
        CalendarDay.day_on.in_([day.on for day in found.days]),
    )
