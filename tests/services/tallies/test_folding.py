"""Differences become few rows, and what they come to stays as it was."""

from datetime import date

import pytest
from sqlalchemy import func, select, update

from app.models import Case, Plan, QueueCount, RegisterSum
from app.services.queue.counts import desk_counts
from app.services.register.filter import RegisterFilter
from app.services.register.sums import register_totals
from app.services.tallies.folding import FOLDED_FROM, fold_differences
from tests.support.exporting import signed
from tests.support.proposals import submitted

FILTERS = [{}, {"state": "active"}, {"state": "in_cure"}, {"due_month": date(2026, 12, 1)}]


@pytest.fixture
def moved(session, vault, site):
    """A plan and a case that went to and fro."""
    signed(session, vault, site)
    submitted(session, vault, site)
    for _ in range(FOLDED_FROM):
        for state, whom in (("in_cure", "borrower"), ("active", "us")):
            session.execute(
                update(Plan).where(Plan.state.in_(("active", "in_cure"))).values(state=state)
            )
            session.execute(update(Case).values(waits_for=whom))
    session.commit()
    return session


def told(session):
    totals = [register_totals(session, wanted=RegisterFilter(**one)) for one in FILTERS]
    return totals, desk_counts(session)


def rows(session, table) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_what_they_come_to_stays_and_a_second_time_changes_nothing(moved):
    before = told(moved)
    many = rows(moved, RegisterSum), rows(moved, QueueCount)
    fold_differences(moved)
    few = rows(moved, RegisterSum), rows(moved, QueueCount)
    assert told(moved) == before
    assert all(less * 4 < more for less, more in zip(few, many, strict=True))
    fold_differences(moved)
    assert (rows(moved, RegisterSum), rows(moved, QueueCount)) == few


def test_a_cell_that_comes_to_nothing_is_gone(moved):
    fold_differences(moved)
    left = select(func.count()).select_from(RegisterSum)
    assert moved.scalar(left.where(RegisterSum.state == "in_cure")) == 0
