"""From when on a month can be closed. Pure."""

from datetime import date, timedelta

from app.domain.calendar import add_months

# So long after a month's end whoever posted in it has committed, whatever its clock says.
QUIET = timedelta(days=1)


def closable_on(month: date) -> date:
    """Return the first day on which a month, by its first day, can be frozen."""
    return add_months(month, 1) + QUIET
