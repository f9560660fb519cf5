"""A day in Beijing, its last instant, and how instants and amounts are written."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import literal, select

from app.models import Payment
from app.services.lender_files.day import ToldDay, told_instant, told_yuan

DAY = ToldDay(date(2026, 11, 23))


@pytest.mark.parametrize(
    ("at", "is_in"),
    [
        (datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 15, 59, 59, 999_999, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 16, 0, tzinfo=UTC), False),
    ],
)
def test_a_day_goes_from_midnight_to_midnight_in_beijing(session, at, is_in):
    told = literal(at, Payment.posted_at.type)
    assert bool(session.scalar(select(DAY.holds(told)))) == is_in


def test_it_ends_with_its_last_instant():
    assert DAY.ends_at.astimezone(UTC) == datetime(2026, 11, 23, 15, 59, 59, 999_999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fen", "told"),
    [(0, "0.00"), (1, "0.01"), (123_456_789, "1234567.89"), (-5, "-0.05"), (-100_000, "-1000.00")],
)
def test_amounts_are_yuan_without_commas(fen, told):
    assert told_yuan(fen) == told


def test_instants_are_beijings_and_none_is_nothing():
    assert told_instant(datetime(2026, 11, 22, 16, 0, 5, tzinfo=UTC)) == "2026-11-23 00:00:05"
    assert told_instant(None) == ""
