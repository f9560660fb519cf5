"""What was refused goes on record by the hour, once, and the counts go."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.spans import LEEWAY
from app.models import AuditEntry, RefusedTry
from app.services.core import audit
from app.services.core.transaction import transaction
from app.services.upkeep.refusals import sum_up_refusals
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.races import run_together

HOUR = timedelta(hours=1)


def refused(session, at, what="borrower.sign_in_failed", *, times=1):
    for _ in range(times):
        with transaction(session):
            audit.count_refused(session, acting(now=at), what=what)


def entries(session):
    found = select(AuditEntry).where(AuditEntry.action == "refusals.counted")
    return [
        (one.object_id, one.after, one.actor)
        for one in session.scalars(found.order_by(AuditEntry.seq))
    ]


def test_an_hour_is_one_entry_with_its_sums(session):
    refused(session, NOW - 2 * HOUR, times=3)
    refused(session, NOW - 2 * HOUR, "something.else", times=2)
    refused(session, NOW - 3 * HOUR)
    assert sum_up_refusals(session, acting()) == 2
    job = "job:housekeeping"
    assert entries(session) == [
        ("2026-11-22T23:00+00:00", {"borrower.sign_in_failed": 1}, job),
        ("2026-11-23T00:00+00:00", {"borrower.sign_in_failed": 3, "something.else": 2}, job),
    ]
    assert sum_up_refusals(session, acting()) == 0
    assert session.scalars(select(RefusedTry)).all() == []


@pytest.mark.parametrize(
    ("ahead", "hours"),
    [
        (timedelta(), 0),  # the hour is not over
        (HOUR, 0),
        (HOUR + LEEWAY, 1),
        (timedelta(days=-2), 1),  # counted by a clock that was two days ahead
    ],
)
def test_an_hour_that_is_over_is_summed_up(session, ahead, hours):
    refused(session, NOW)
    assert sum_up_refusals(session, acting(now=NOW + ahead)) == hours


@pytest.mark.race
def test_two_hosts_write_one_entry(database):
    with database.sessions() as session:
        refused(session, NOW - 2 * HOUR, times=3)

    def turn(_number):
        with database.sessions() as session:
            return sum_up_refusals(session, acting())

    assert sorted(run_together(turn, threads=6)) == [0] * 5 + [1]
    with database.sessions() as session:
        assert len(entries(session)) == 1
