"""Since when a file of repayments lacks: only where plans are kept."""

from datetime import date, timedelta

import pytest

from app.services.keeping.coverage_queries import Coverage, coverage
from tests.factories import make_agreement, make_loan, make_plan
from tests.support.money import covered

TODAY = date(2026, 11, 23)


@pytest.fixture
def kept(session, borrower):
    make_agreement(session, make_plan(session, make_loan(session, borrower)))


def test_where_nothing_is_kept_nothing_lacks(session):
    assert coverage(session, today=TODAY) == Coverage(None)


@pytest.mark.parametrize(("days", "lacks"), [(0, None), (1, None), (2, None), (3, 2), (10, 9)])
def test_a_file_of_the_day_before_yesterday_is_in_time(session, kept, days, lacks):
    until = TODAY - timedelta(days=days)
    covered(session, until)
    since = lacks and TODAY - timedelta(days=lacks)
    assert coverage(session, today=TODAY) == Coverage(until, since)


def test_before_the_first_file_every_day_lacks(session, kept):
    assert coverage(session, today=TODAY) == Coverage(None, date.min)
