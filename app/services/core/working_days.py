"""Working days by the stored calendar. Never commits."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.domain.calendar import BEIJING, add_working_days, beijing_date, working_days_between
from app.models import CalendarDay
from app.services.core.context import Context
from app.services.core.policy import active_policy

# Longer than any holiday there is: with two calendar days for each working day it bounds how much
# of the calendar has to be read.
LONGEST_BREAK_DAYS = 30
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


def days_between(
    session: Session, after: date, until: date
) -> tuple[frozenset[date], frozenset[date]]:
    """Return the days off that the week does not tell, and the worked weekends, after a day up to
    and with another.

    Source: U-03.
    """
    off, on = _stored(session, after, until)
    return frozenset(off), frozenset(on)


def _stored(session: Session, after: date, until: date) -> tuple[set[date], set[date]]:
    """Days off that the week does not tell, and days on."""
    rows = session.execute(_DAYS, {"after": after, "until": until})
    days: dict[bool, set[date]] = {True: set(), False: set()}
    for on, is_working in rows:
        days[is_working].add(on)
    return days[False], days[True]
