"""The end of help is announced 14 and 3 days before, once each; the end of quiet 3 days before."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.domain.calendar import BEIJING, end_of
from app.models import Hold, OutboxItem, Plan
from app.services.keeping.accounts import standings_of
from app.services.servicing.announcing import announce_breathing, announce_plans
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.kinds import KINDS, signed_of

ENDS_WITH = {"step_up": 4, "later": 1, "monthly": 3}
SOONEST = timedelta(days=1)


@pytest.fixture
def announce(session, vault, site):
    def on(day: date) -> int:
        now = datetime.combine(day, datetime.min.time(), BEIJING) + timedelta(hours=9)
        return announce_plans(session, acting(now=now, vault=vault, site=site), limit=100)

    return on


def keys(session) -> list[str]:
    wanted = OutboxItem.idempotency_key.contains("ending:")
    query = select(OutboxItem.idempotency_key).where(wanted).order_by(OutboxItem.id)
    return [key.rpartition(":")[2] for key in session.scalars(query)]


@pytest.mark.parametrize("kind", ENDS_WITH)
def test_it_is_told_twice_and_not_again(session, vault, site, announce, kind):
    _agreement, _loan, version = signed_of(session, vault, site, kind)
    stands = standings_of(session, plan_ids=[version.plan_id], as_of=NOW.date())[version.plan_id]
    day = next(one.due_on for one in stands.instalments if one.number == ENDS_WITH[kind])
    told = {before: announce(day - timedelta(days=before)) for before in (15, 14, 9, 4, 3, 2, 1, 0)}
    assert told == {15: 0, 14: 1, 9: 0, 4: 0, 3: 1, 2: 0, 1: 0, 0: 0}
    assert keys(session) == ["first", "last"]


def test_a_day_on_which_nothing_ran_is_made_up_for(session, vault, site, announce):
    _agreement, _loan, version = signed_of(session, vault, site, "step_up")
    stands = standings_of(session, plan_ids=[version.plan_id], as_of=NOW.date())[version.plan_id]
    day = next(one.due_on for one in stands.instalments if one.number == ENDS_WITH["step_up"])
    assert [announce(day - timedelta(days=before)) for before in (10, 1)] == [1, 1]


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(ENDS_WITH)))
def test_what_stays_the_same_all_along_is_not_announced(session, vault, site, announce, kind):
    signed_of(session, vault, site, kind)
    days = (date(2026, 11, 24) + SOONEST * n for n in range(0, 200, 3))
    assert sum(map(announce, days)) == 0


@pytest.mark.parametrize("state", ["completed", "broken"])
def test_a_plan_that_is_over_is_not_spoken_of(session, vault, site, announce, state):
    _agreement, _loan, version = signed_of(session, vault, site, "step_up")
    session.get_one(Plan, version.plan_id).state = state
    session.commit()
    days = (date(2026, 11, 24) + SOONEST * n for n in range(0, 200, 3))
    assert sum(map(announce, days)) == 0


@pytest.mark.parametrize(("days", "expected"), [(4, 0), (3, 1), (1, 1), (0, 0), (-1, 0)])
def test_a_breathing_space_is_announced_once(session, vault, site, borrower, days, expected):
    until = NOW.astimezone(BEIJING).date() + timedelta(days=days)
    session.add(
        Hold(
            borrower_id=borrower.id,
            cause="breathing",
            from_at=NOW - timedelta(days=20),
            until_at=end_of(until),
        )
    )
    session.commit()
    context = acting(vault=vault, site=site)
    assert [announce_breathing(session, context, limit=10) for _ in range(2)] == [expected, 0]


def test_another_hold_is_not_announced(session, vault, site, borrower):
    until = end_of(NOW.date() + timedelta(days=2))
    hold = Hold(borrower_id=borrower.id, cause="plan_kept", from_at=NOW, until_at=until)
    session.add(hold)
    session.commit()
    assert announce_breathing(session, acting(vault=vault, site=site), limit=10) == 0
