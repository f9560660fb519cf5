"""Limits by the clock: what lies within a span, and when there is room again. A clock that was
wrong for a while locks nobody out.
"""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

# Hosts disagree by so much, and a request waits so long for a lock; what lies further ahead was
# written by a clock that was wrong, and no limit stands on it.
LEEWAY = timedelta(minutes=10)


def within(now: datetime, span: timedelta) -> tuple[datetime, datetime]:
    """Return the first and the last instant that count as within the span before now.

    Units: instants; the last lies a leeway ahead, what is later counts for no limit.
    """
    return now - span + timedelta.resolution, now + LEEWAY


def ahead(now: datetime, span: timedelta) -> tuple[datetime, datetime]:
    """Return the first and the last instant at which what lasts the span can end when it has not
    ended yet; a later end was written by a clock that was wrong.
    """
    return now + timedelta.resolution, now + span + LEEWAY


def is_from_future(at: datetime, now: datetime) -> bool:
    """Tell whether an instant on record lies so far ahead that a wrong clock wrote it."""
    return at > now + LEEWAY


def until_free(times: Iterable[datetime], most: int, span: timedelta, now: datetime) -> timedelta:
    """Return how long until fewer than `most` of the times lie within the span; nothing when there
    is room.

    Never longer than the span, whatever the clock said when they were written.
    """
    first, last = within(now, span)
    counted = sorted((min(at, now) for at in times if first <= at <= last), reverse=True)
    if len(counted) < most:
        return timedelta()
    if most <= 0:
        return span
    return counted[most - 1] + span - now


def whole_seconds(wait: timedelta) -> int:
    """Return a wait in whole seconds, rounded up: who comes back then is not refused again."""
    return math.ceil(wait.total_seconds())
