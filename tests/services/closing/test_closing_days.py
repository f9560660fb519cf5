"""A month is closed from the second day after it on."""

from datetime import date

import pytest

from app.services.closing.closing_days import closable_on


@pytest.mark.parametrize(
    ("month", "day"),
    [
        (date(2026, 11, 1), date(2026, 12, 2)),
        (date(2026, 12, 1), date(2027, 1, 2)),
        (date(2027, 2, 1), date(2027, 3, 2)),
    ],
)
def test_from_when_on(month, day):
    assert closable_on(month) == day
