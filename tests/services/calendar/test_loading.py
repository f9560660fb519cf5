"""A year of the calendar: put in with its notice, put right, never far ahead."""

from datetime import date

import pytest
from sqlalchemy import select

from app.domain.holiday_notice import read_notice
from app.models import AuditEntry, CalendarDay, CalendarYear
from app.services.calendar.loading import YearNotNext, load_calendar_year
from app.services.core.working_days import working_day_after
from tests.support.acting import acting
from tests.support.calendar import MADE_UP_2027, table


def load(session, text=MADE_UP_2027, year=2027):
    return load_calendar_year(session, acting(), found=read_notice(text, year))


def test_a_notice_moves_working_days_both_ways(session):
    """The Monday after the festival is off, and the Saturday before it is worked."""
    assert working_day_after(session, day=date(2027, 2, 5), count=1) == date(2027, 2, 11)
    assert load(session) > 0
    assert working_day_after(session, day=date(2027, 2, 5), count=1) == date(2027, 2, 12)
    assert working_day_after(session, day=date(2027, 2, 19), count=1) == date(2027, 2, 20)


def test_it_is_on_record_once(session):
    load(session)
    assert load(session) == 0
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "calendar.loaded")).one()
    assert entry.object_id == "2027"
    assert entry.after["days_on"] == 1
    assert session.get(CalendarYear, 2027).loaded_by == acting().actor.who


def test_what_was_wrong_is_put_right_and_nothing_else(session):
    load(session)
    kept = session.scalars(select(CalendarDay.day_on).where(CalendarDay.notice_year == 2026)).all()
    assert load(session, table(2027)) > 0
    assert working_day_after(session, day=date(2027, 2, 19), count=1) == date(2027, 2, 22)
    assert kept == (
        session.scalars(select(CalendarDay.day_on).where(CalendarDay.notice_year == 2026)).all()
    )


def test_a_neighbours_notice_wins_its_days_and_reloading_keeps_them(session):
    load(session)
    load(session, table(2028, "2027-12-31,休,元旦\n"), 2028)
    assert load(session, table(2027)) > 0
    assert session.get(CalendarDay, date(2027, 12, 31)).notice_year == 2028


def test_a_year_with_a_gap_before_it_is_refused(session):
    with pytest.raises(YearNotNext, match="2027"):
        load(session, table(2029), 2029)


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2027, 12, 31), 1, date(2028, 1, 3)),
        (date(2029, 12, 31), 1, date(2030, 1, 2)),  # the first is off in years nobody loaded
        (date(2028, 9, 29), 1, date(2028, 10, 4)),
    ],
)
def test_fixed_holidays_are_off_in_years_that_are_not_known(session, day, count, expected):
    assert working_day_after(session, day=day, count=count) == expected
