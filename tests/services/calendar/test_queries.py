"""Which years are known, and from when on one is missing."""

from datetime import date

import pytest

from app.domain.holiday_notice import read_notice
from app.services.calendar.loading import load_calendar_year
from app.services.calendar.queries import calendar_years, known_until, missing_year
from tests.support.acting import acting
from tests.support.calendar import MADE_UP_2027


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 10, 31), None),
        (date(2026, 11, 1), 2027),
        (date(2026, 12, 31), 2027),
        (date(2027, 1, 1), 2027),
        (date(2027, 11, 1), 2027),
        (date(2025, 11, 1), None),
    ],
)
def test_the_year_that_is_missing(today, expected):
    assert missing_year(today=today, known_until=date(2026, 12, 31)) == expected


def test_a_year_is_known_once_its_notice_is_in(session):
    assert known_until(session) == date(2026, 12, 31)
    load_calendar_year(session, acting(), found=read_notice(MADE_UP_2027, 2027))
    assert known_until(session) == date(2027, 12, 31)
    first, *others = calendar_years(session)
    assert (first.year, len(first.days)) == (2027, 28)
    assert [one.year for one in others] == [2026, 2025]
