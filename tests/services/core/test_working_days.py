"""Working days: weekends, stored holidays, and weekend days that are worked."""

from datetime import date, datetime

import pytest

from app.services.core.working_days import first_reply_by, working_day_after, working_days_left
from tests.support.acting import acting
from tests.support.clock import BEIJING


def beijing(month, day, hour, minute):
    return datetime(2026, month, day, hour, minute, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 11, 23), 1, date(2026, 11, 24)),
        (date(2026, 11, 27), 1, date(2026, 11, 30)),  # Friday: Monday
        (date(2026, 11, 28), 1, date(2026, 11, 30)),  # from a Saturday too
        (date(2026, 11, 23), 7, date(2026, 12, 2)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),  # over the October holiday
        (date(2026, 10, 9), 1, date(2026, 10, 10)),  # a Saturday that is worked
    ],
)
def test_the_count_th_working_day_after_a_day(session, day, count, expected):
    assert working_day_after(session, day=day, count=count) == expected


@pytest.mark.parametrize(
    ("day", "until", "expected"),
    [
        (date(2026, 11, 23), date(2026, 12, 2), 7),
        (date(2026, 11, 27), date(2026, 11, 29), 0),  # Friday to Sunday
        (date(2026, 9, 30), date(2026, 10, 10), 3),  # after the holiday, with the Saturday
        (date(2026, 11, 23), date(2026, 11, 20), 0),
    ],
)
def test_working_days_that_are_left(session, day, until, expected):
    assert working_days_left(session, day=day, until=until) == expected


@pytest.mark.parametrize(
    ("asked", "by"),
    [
        (beijing(11, 23, 0, 0), beijing(11, 24, 22, 0)),
        (beijing(11, 23, 23, 59), beijing(11, 24, 22, 0)),
        (beijing(11, 27, 9, 0), beijing(11, 30, 22, 0)),
    ],
)
def test_whoever_asks_hears_by_the_end_of_the_hours_for_calls(session, asked, by):
    assert first_reply_by(session, acting(now=asked)) == by
