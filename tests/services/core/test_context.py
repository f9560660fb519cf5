"""The surroundings of a use case: whose day it is, who acts, and nobody by mistake."""

from datetime import UTC, datetime

import pytest

from app.services.core.context import Actor, StaffMember
from tests.support.acting import acting

MEI = StaffMember(1, "mei-public-id", "person-mei", frozenset({"agent"}))


@pytest.mark.parametrize(
    ("hour", "day"), [(15, 23), (16, 24)]
)  # midnight in Beijing is four in the afternoon
def test_the_day_is_that_of_beijing(hour, day):
    assert acting(now=datetime(2026, 11, 23, hour, 0, tzinfo=UTC)).today.day == day


def test_an_instant_without_its_zone_has_no_day():
    naive = datetime(2026, 11, 23, 10, 0)  # noqa: DTZ001 - the fault itself
    with pytest.raises(ValueError, match="zone"):
        _ = acting(now=naive).today


def test_where_nobody_of_the_staff_acts_none_is_made_up():
    with pytest.raises(ValueError, match="borrower:x is not staff"):
        _ = acting(actor=Actor("borrower:x")).staff
    assert acting(staff=MEI).staff is MEI


def test_another_actor_or_instant_changes_nothing_else():
    first = acting(staff=MEI)
    later = datetime(2026, 12, 1, tzinfo=UTC)
    job = first.by(Actor("job:x")).at(later)
    assert (job.actor.who, job.now, job.staff, job.gateways) == (
        "job:x",
        later,
        MEI,
        first.gateways,
    )
    assert (first.actor.who, first.now) == ("staff:mei-public-id", acting().now)
