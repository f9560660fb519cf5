"""Working days by the stored calendar. Never commits."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import BEIJING, add_working_days, beijing_date
from app.models import CalendarDay
from app.services.core.context import Context
from app.services.core.policy import active_policy

LONGEST_BREAK_DAYS = 30


def working_day_after(session: Session, *, day: date, count: int) -> date:
    """Return the count-th working day after a day, by the weekend and the stored holidays.

    Source: U-03.
    """
    latest = day + timedelta(days=2 * count + LONGEST_BREAK_DAYS)
    query = select(CalendarDay.day_on, CalendarDay.is_working)
    rows = session.execute(
        query.where(CalendarDay.day_on > day, CalendarDay.day_on <= latest)
    ).all()
    days_off = {on for on, is_working in rows if not is_working}
    days_on = {on for on, is_working in rows if is_working}
    return add_working_days(day, count, days_off, days_on)


def first_reply_by(session: Session, context: Context) -> datetime:
    """Return when someone who asks now hears from us at the latest: the end of the hours for calls
    of that working day.

    Source: default policy, first reply.
    """
    policy = active_policy(session)[1]
    day = working_day_after(
        session, day=beijing_date(context.now), count=policy.clocks.first_reply_working_days
    )
    return datetime.combine(day, time(policy.contact.quiet_from_hour), BEIJING)
