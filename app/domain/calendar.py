"""Dates: Beijing days, months that keep their day, pay days and working days."""

from calendar import monthrange
from collections.abc import Collection
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Literal

PayDay = int | Literal["last"]
# A fixed offset is exact for every loan we can hold: China has had no daylight saving since 1991,
# and no zone database has to be installed.
BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
# Every month has a 28th, so a chosen pay day never has to be clipped; who wants later days picks
# the last day of the month.
LAST_PAY_DAY = 28
LAST_SECOND = time(23, 59, 59)
_SATURDAY = 5


def beijing_date(instant: datetime) -> date:
    """Return the date in Beijing at an instant.

    Raises: ValueError for an instant without a zone.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs its zone")
    return instant.astimezone(BEIJING).date()


def midnight(day: date) -> datetime:
    """Return the instant at which a day begins in Beijing."""
    return datetime.combine(day, time.min, BEIJING)


def end_of(day: date) -> datetime:
    """Return the last second of a day in Beijing, so that the instant still has the day's date."""
    return datetime.combine(day, LAST_SECOND, BEIJING)


def add_months(start: date, n: int, day: int | None = None) -> date:
    """Return the date n months after start, on its day of month or on `day`, clipped to the month's
    end.
    """
    month = start.year * 12 + start.month - 1 + n
    return month_day(month // 12, month % 12 + 1, day or start.day)


# Judging a nightly file asks for the same few thousand month ends a million times.
@lru_cache(maxsize=65_536)
def month_day(year: int, month: int, day: int) -> date:
    """Return that day of the month, or the month's last day where it is shorter."""
    return date(year, month, min(day, monthrange(year, month)[1]))


# A page of options asks for the same dates for each plan it weighs.
@lru_cache(maxsize=1_024)
def pay_dates(start: date, pay_day: PayDay, count: int, lead_days: int = 7) -> tuple[date, ...]:
    """Return `count` monthly dates on the pay day, the first at least `lead_days` after start.

    Raises: ValueError when the pay day is neither 1-28 nor 'last'.
    """
    day = 31 if pay_day == "last" else pay_day
    if pay_day != "last" and not 1 <= day <= LAST_PAY_DAY:
        raise ValueError(f"pay day {pay_day} is not 1-{LAST_PAY_DAY} or 'last'")

    # The first day is looked for in the month of the earliest day allowed, not in that of the
    # start: the lead may cross a month's end.
    earliest = start + timedelta(days=lead_days)
    first = add_months(earliest, 0, day)
    shift = 1 if first < earliest else 0

    # Each date is counted from the first and not from the one before, so that the 31st comes back
    # after a short month.
    return tuple(add_months(earliest, shift + k, day) for k in range(count))


def add_working_days(
    day: date, n: int, days_off: Collection[date], days_on: Collection[date]
) -> date:
    """Return the n-th working day after a day; weekends are off unless in `days_on`.

    Raises: ValueError when n is negative.
    Source: U-03.
    """
    if n < 0:
        raise ValueError(f"{n} working days")
    while n:
        day += timedelta(days=1)
        if day in days_on or (day.weekday() < _SATURDAY and day not in days_off):
            n -= 1
    return day


def working_days_between(
    day: date, until: date, days_off: Collection[date], days_on: Collection[date]
) -> int:
    """Return how many working days follow a day up to and with another; none where that is over.

    Source: U-03.
    """
    count = 0
    while day < until:
        day = add_working_days(day, 1, days_off, days_on)
        count += day <= until
    return count
