"""Months, due dates and pay days."""

from calendar import monthrange
from datetime import date, timedelta


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months on, or that month's last day."""
    index = day.year * 12 + (day.month - 1) + months
    year, month = divmod(index, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def pay_date(year_month: int, pay_day: int | str) -> date:
    """The pay day (1-28 or 'last') of a month counted as year x 12 + month - 1."""
    year, month = divmod(year_month, 12)
    day = monthrange(year, month + 1)[1] if pay_day == "last" else int(pay_day)
    return date(year, month + 1, day)


def pay_dates(start: date, pay_day: int | str, count: int, after_days: int) -> list[date]:
    """So many pay days, the first the earliest at least `after_days` after the start."""
    earliest = start + timedelta(days=after_days)
    month = earliest.year * 12 + earliest.month - 1
    if pay_date(month, pay_day) < earliest:
        month += 1
    return [pay_date(month + step, pay_day) for step in range(count)]


def most_in_time(start: date, pay_day: int | str, months: int, after_days: int) -> int:
    """How many pay days there are up to so many months after the start."""
    end = months_after(start, months)
    return sum(day <= end for day in pay_dates(start, pay_day, months + 1, after_days))
