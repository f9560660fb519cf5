"""A day that no file of repayments covers breaks nobody: nothing is missed on it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.domain.allocation import Components
from app.domain.keeping.standing import standing
from tests.domain.keeping.accounts import FIRST, account, loan, paid

SECOND, LATER = date(2026, 2, 23), date(2026, 3, 10)
GRACE_ENDS = FIRST + timedelta(days=5)  # the 24th is a Saturday


@pytest.mark.parametrize(
    ("covered", "missed", "state"),
    [
        (date.min, 0, "due"),
        (GRACE_ENDS - timedelta(days=1), 0, "due"),
        (GRACE_ENDS, 1, "missed"),
        (LATER, 2, "missed"),
        (None, 2, "missed"),
    ],
)
def test_only_a_day_that_is_covered_can_be_missed(covered, missed, state):
    kept = replace(account(), supposes_notices=False, covered_until=covered)
    found = standing(kept, LATER)
    assert (found.missed, found.instalments[0].state, found.due_fen) == (missed, state, 80_000)


def test_without_a_file_no_notice_is_due_and_nothing_breaks():
    found = standing(replace(account(), covered_until=GRACE_ENDS), LATER + timedelta(days=90))
    assert (found.state, found.missed, found.notice_on) == ("active", 1, None)


def test_what_is_open_is_told_by_component():
    old = Components(300, 600, 900, 0)
    found = standing(account(loan(old=old), money=[paid(1, FIRST, 250)]), FIRST)
    first, second, _third = found.instalments
    assert (first.open, first.left_fen) == (Components(0, 50, 300, 40_000), 40_350)
    assert second.open == Components(100, 200, 300, 40_000)
