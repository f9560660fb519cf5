"""Days on which nothing accrues."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple


class Pause(NamedTuple):
    """Days on which nothing accrues: from the first on, up to the day before `until_on`."""

    from_on: date
    until_on: date

    def days_in(self, start: date, end: date) -> int:
        """Return how many days of the pause lie from start up to the day before end."""
        return max(0, (min(end, self.until_on) - max(start, self.from_on)).days)


def merged(pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    """Return the same days as pauses that do not overlap, the earliest first."""
    apart: list[Pause] = []
    # Pauses of several versions overlap once a refusal is appealed after another plan began; a day
    # that two of them share is free only once (ADR 0005, 0015).
    for one in sorted(pauses):
        if apart and one.from_on <= apart[-1].until_on:
            apart[-1] = Pause(apart[-1].from_on, max(apart[-1].until_on, one.until_on))
        else:
            apart.append(one)

    return tuple(apart)
