"""Dates: Beijing days, months, pay days, working days."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.calendar import (
    add_months,
    add_working_days,
    beijing_date,
    pay_dates,
    working_days_between,
)

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC), date(2026, 11, 22)),
        (datetime(2026, 11, 22, 16, 0, 0, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 12, 31, 16, 0, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_the_day_in_beijing_begins_at_sixteen_utc(instant, day):
    assert beijing_date(instant) == day


def test_an_instant_needs_a_zone():
    with pytest.raises(ValueError, match="zone"):
        beijing_date(datetime(2026, 11, 22))  # noqa: DTZ001 the fault under test


@pytest.mark.parametrize(
    ("start", "n", "day", "expected"),
    [
        (date(2026, 1, 31), 1, None, date(2026, 2, 28)),
        (date(2026, 1, 31), 2, None, date(2026, 3, 31)),
        (date(2027, 12, 31), 2, None, date(2028, 2, 29)),
        (date(2026, 11, 30), 3, None, date(2027, 2, 28)),
        (date(2026, 5, 15), 0, 31, date(2026, 5, 31)),
        (date(2026, 5, 15), 1, 31, date(2026, 6, 30)),
        (date(2026, 1, 5), -1, None, date(2025, 12, 5)),
    ],
)
def test_months_are_counted_from_the_start_and_clipped(start, n, day, expected):
    assert add_months(start, n, day) == expected


@pytest.mark.parametrize(
    ("start", "pay_day", "first"),
    [
        (date(2026, 11, 23), 10, date(2026, 12, 10)),
        (date(2026, 11, 23), 28, date(2026, 12, 28)),  # five days are too few
        (date(2026, 11, 23), "last", date(2026, 11, 30)),  # seven days are enough
        (date(2026, 11, 24), "last", date(2026, 12, 31)),
        (date(2026, 11, 21), 28, date(2026, 11, 28)),
        (date(2026, 12, 28), 3, date(2027, 2, 3)),
        (date(2026, 12, 28), 4, date(2027, 1, 4)),
        (date(2027, 2, 25), "last", date(2027, 3, 31)),
    ],
)
def test_the_first_pay_day_is_at_least_seven_days_away(start, pay_day, first):
    assert pay_dates(start, pay_day, 1) == (first,)


def test_the_last_day_of_the_month_stays_the_last():
    days = pay_dates(date(2027, 11, 1), "last", 5)
    assert [day.isoformat() for day in days] == [
        "2027-11-30",
        "2027-12-31",
        "2028-01-31",
        "2028-02-29",
        "2028-03-31",
    ]


@given(DAYS, st.one_of(st.integers(1, 28), st.just("last")), st.integers(0, 30))
def test_pay_dates_are_one_a_month_on_the_day(start, pay_day, lead):
    days = pay_dates(start, pay_day, 60, lead)
    assert start + timedelta(days=lead) <= days[0] <= start + timedelta(days=lead + 31)
    for earlier, later in itertools.pairwise(days):
        assert later.year * 12 + later.month == earlier.year * 12 + earlier.month + 1
    for day in days:
        assert day.day == pay_day if pay_day != "last" else (day + timedelta(days=1)).day == 1


@pytest.mark.parametrize("pay_day", [0, 29, 31, -1])
def test_a_pay_day_that_some_month_lacks_is_refused(pay_day):
    with pytest.raises(ValueError, match="pay day"):
        pay_dates(date(2026, 1, 1), pay_day, 1)


@pytest.mark.parametrize(
    ("start", "n", "expected"),
    [
        (date(2026, 11, 20), 0, date(2026, 11, 20)),
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # Friday to Monday
        (date(2026, 11, 23), 7, date(2026, 12, 2)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),  # the holiday
        (date(2026, 10, 8), 2, date(2026, 10, 10)),  # a Saturday that is worked
    ],
)
def test_working_days_know_holidays_and_worked_weekends(start, n, expected):
    off = {date(2026, 10, day) for day in range(1, 8)}
    assert add_working_days(start, n, off, {date(2026, 10, 10)}) == expected


def test_working_days_do_not_run_backwards():
    with pytest.raises(ValueError, match="working days"):
        add_working_days(date(2026, 1, 1), -1, (), ())


@pytest.mark.parametrize(
    ("day", "until", "expected"),
    [
        (date(2026, 11, 23), date(2026, 12, 2), 7),
        (date(2026, 11, 20), date(2026, 11, 23), 1),  # Friday to Monday
        (date(2026, 11, 20), date(2026, 11, 22), 0),  # Friday to Sunday
        (date(2026, 11, 21), date(2026, 11, 23), 1),  # Saturday to Monday
        (date(2026, 9, 30), date(2026, 10, 8), 1),  # the holiday
        (date(2026, 10, 8), date(2026, 10, 10), 2),  # a Saturday that is worked
        (date(2026, 11, 23), date(2026, 11, 23), 0),
        (date(2026, 11, 23), date(2026, 11, 20), 0),
    ],
)
def test_working_days_between_are_those_that_are_left(day, until, expected):
    off = {date(2026, 10, day) for day in range(1, 8)}
    assert working_days_between(day, until, off, {date(2026, 10, 10)}) == expected


@given(DAYS, st.integers(0, 40))
def test_as_many_working_days_are_left_as_lead_there(day, count):
    assert working_days_between(day, add_working_days(day, count, (), ()), (), ()) == count
