"""Days and instants as papers write them."""

from datetime import UTC, date, datetime

from app.domain.calendar import BEIJING


def written_day(day: date) -> str:
    """Return a day as papers write it: 2026年11月23日.

    Source: U-03.
    """
    return f"{day.year}年{day.month}月{day.day}日"


def written_instant(at: datetime) -> str:
    """Return an instant in Beijing as papers write it: 2026年11月23日 9:05.

    Source: U-03.
    """
    local = at.astimezone(BEIJING)
    return f"{written_day(local.date())} {local.hour}:{local.minute:02d}"


def pdf_clock(at: datetime) -> dict[str, int]:
    """Return the instant that a document calls its creation, part by part, in UTC as PDF has it."""
    utc = at.astimezone(UTC)
    names = ("year", "month", "day", "hour", "minute", "second")
    return {name: getattr(utc, name) for name in names}
