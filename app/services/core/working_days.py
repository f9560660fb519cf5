"""Working days by the stored calendar. Never commits."""

from collections.abc import Hashable
from datetime import date, datetime, time, timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from app.domain.calendar import BEIJING, add_working_days, beijing_date, working_days_between
from app.models import CalendarDay, CalendarYear
from app.services.core.context import Context
from app.services.core.policy import active_policy

# Longer than any holiday there is: with two calendar days for each working day it bounds how much
# of the calendar has to be read.
LONGEST_BREAK_DAYS = 30
# Where sessions are made: the days of the calendar as it was last read.
CALENDARS = "anhuan_calendars"
# Changes with the calendar: a query of what needs the days selects it along.
CALENDAR_STATE = (
    select(func.count(CalendarDay.day_on)).scalar_subquery(),
    select(func.max(CalendarYear.loaded_at)).scalar_subquery(),
)
_DAYS = select(CalendarDay.day_on, CalendarDay.is_working).where(
    CalendarDay.day_on > bindparam("after", type_=CalendarDay.day_on.type),
    CalendarDay.day_on <= bindparam("until", type_=CalendarDay.day_on.type),
)


def working_day_after(session: Session, *, day: date, count: int) -> date:
    """Return the count-th working day after a day, by the weekend and the stored holidays.

    Source: U-03.
    """
    latest = day + timedelta(days=2 * count + LONGEST_BREAK_DAYS)
    return add_working_days(day, count, *_stored(session, day, latest))


def working_days_left(session: Session, *, day: date, until: date) -> int:
    """Return how many working days follow a day up to and with another, by the weekend and the
    stored holidays.

    Source: U-03.
    """
    latest = until + timedelta(days=LONGEST_BREAK_DAYS)
    return working_days_between(day, until, *_stored(session, day, latest))


def first_reply_by(session: Session, context: Context) -> datetime:
    """Return when someone who asks now hears from us at the latest: the end of the hours for calls
    of that working day.

    Source: default policy, first reply.
    """
    policy = active_policy(session)[1]
    day = working_day_after(
        session, day=beijing_date(context.now), count=policy.clocks.first_reply_working_days
    )
    # The hours for calls end where the quiet hours begin: an answer by phone later would break
    # C-01.
    return datetime.combine(day, time(policy.contact.quiet_from_hour), BEIJING)


def days_moving_to(session: Session, *, first: date, last: date) -> dict[date, date]:
    """Return every day whose next working day, itself where it is one, is one of these days, with
    the day it moves to.

    Source: rules part 1, how a signed plan is kept: dates.
    """
    begin = first - timedelta(days=LONGEST_BREAK_DAYS)
    off, on = _stored(session, begin, last + timedelta(days=LONGEST_BREAK_DAYS))
    day = timedelta(days=1)
    days = (begin + day * n for n in range((last - begin).days + 1))
    moved = ((one, add_working_days(one - day, 1, off, on)) for one in days)
    return {one: to for one, to in moved if first <= to <= last}


def days_off_and_on(
    session: Session, *, state: tuple[int, datetime | None]
) -> tuple[frozenset[date], frozenset[date]]:
    """Return all stored days off that the week does not tell, and all worked weekends; `state` is
    what a query found under CALENDAR_STATE, by which a process knows what it has read before.

    Source: U-03.
    """
    known: dict[Hashable, tuple[frozenset[date], frozenset[date]]]
    known = session.info.get(CALENDARS, {})
    if state not in known:
        off, on = _stored(session, date.min, date.max)
        known.clear()
        known[state] = frozenset(off), frozenset(on)
    return known[state]


def _stored(session: Session, after: date, until: date) -> tuple[set[date], set[date]]:
    """Days off that the week does not tell, and days on."""
    rows = session.execute(_DAYS, {"after": after, "until": until})
    days: dict[bool, set[date]] = {True: set(), False: set()}
    for on, is_working in rows:
        days[is_working].add(on)
    return days[False], days[True]
