"""When a channel's statement of a day can be had: the morning after."""

from datetime import date, datetime, time, timedelta

from app.domain.calendar import BEIJING, beijing_date
from app.ports.payments import ChannelDown

# Both say 9 to 10 o'clock; noon leaves them time to be late.
SURELY = time(12)


def must_be_over(day: date, *, now: datetime) -> None:
    """Raise ChannelDown while a Beijing day goes on."""
    if day >= beijing_date(now):
        raise ChannelDown


def is_surely_out(day: date, *, now: datetime) -> bool:
    """Tell whether a day without a statement has none, because nothing was paid on it."""
    return now >= datetime.combine(day + timedelta(days=1), SURELY, BEIJING)
