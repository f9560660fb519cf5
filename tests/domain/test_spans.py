"""Limits by the clock: what counts, how long to wait, and times that a wrong clock wrote."""

from datetime import timedelta

import pytest

from app.domain.spans import LEEWAY, is_from_future, until_free, whole_seconds, within
from tests.support.clock import NOW

HOUR, SECOND, NOTHING = timedelta(hours=1), timedelta(seconds=1), timedelta()


@pytest.mark.parametrize(
    ("ago", "most", "wait"),
    [
        ([], 1, NOTHING),
        ([NOTHING], 1, HOUR),
        ([59 * 60 * SECOND], 1, 60 * SECOND),
        ([HOUR], 1, NOTHING),  # an hour ago is over
        ([HOUR - SECOND], 1, SECOND),
        ([60 * SECOND, NOTHING], 2, HOUR - 60 * SECOND),
        ([NOTHING, 60 * SECOND], 2, HOUR - 60 * SECOND),  # in whatever order they come
        ([60 * SECOND], 2, NOTHING),
        ([1800 * SECOND, 600 * SECOND, NOTHING], 2, HOUR - 600 * SECOND),
        ([-SECOND], 1, HOUR),  # another host's clock, a second ahead: it counts as now
        ([-LEEWAY], 1, HOUR),
        ([-LEEWAY - SECOND], 1, NOTHING),  # written by a clock that was wrong
        ([timedelta(days=-2)] * 9, 1, NOTHING),
        ([timedelta(days=-2), 60 * SECOND], 1, HOUR - 60 * SECOND),
    ],
)
def test_how_long_until_there_is_room(ago, most, wait):
    assert until_free([NOW - one for one in ago], most, HOUR, NOW) == wait


@pytest.mark.parametrize("days", [-400, -2, -1, 0, 1, 2, 400])
def test_no_wait_is_longer_than_its_span(days):
    assert until_free([NOW + timedelta(days=days)] * 3, 2, HOUR, NOW) <= HOUR


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        (NOW - HOUR, False),
        (NOW - HOUR + SECOND, True),
        (NOW, True),
        (NOW + LEEWAY, True),
        (NOW + LEEWAY + SECOND, False),
    ],
)
def test_what_lies_within_a_span(at, counts):
    first, last = within(NOW, HOUR)
    assert (first <= at <= last) is counts


@pytest.mark.parametrize(
    ("ahead", "wrong"), [(-SECOND, False), (LEEWAY, False), (LEEWAY + SECOND, True)]
)
def test_what_a_wrong_clock_wrote(ahead, wrong):
    assert is_from_future(NOW + ahead, NOW) is wrong


def test_a_wait_is_told_in_whole_seconds_and_never_too_short():
    assert whole_seconds(timedelta(seconds=1, microseconds=1)) == 2
    assert whole_seconds(NOTHING) == 0
