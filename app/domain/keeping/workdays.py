"""When a due date falls due, and its grace ends, among weekends, holidays and worked weekends."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import NamedTuple

from app.domain.calendar import add_working_days


class WorkCalendar(NamedTuple):
    """The days off and the worked weekends that a plan's dates go by."""

    holidays: Collection[date] = frozenset()
    workdays: Collection[date] = frozenset()

    def moved(self, day: date) -> date:
        """Return a day, or the next working day where it is none.

        Source: rules part 1, how a signed plan is kept: dates.
        """
        return self.after(day - timedelta(days=1), 1)

    def grace_end(self, moved_on: date, grace_days: int) -> date:
        """Return the last day on which what falls due on a moved date is still in time.

        Source: rules part 1, how a signed plan is kept: dates.
        """
        return self.moved(moved_on + timedelta(days=grace_days))

    def after(self, day: date, working_days: int) -> date:
        """Return the day so many working days after a day."""
        return add_working_days(day, working_days, self.holidays, self.workdays)
