"""Two hosts that run the same job at once do each thing once."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from app.models import AuditEntry, Hold, OutboxItem, PlanVersion
from app.services.plans import lapsing
from app.services.servicing import reminders
from tests.factories import make_agreement
from tests.support.acting import acting
from tests.support.clock import BEIJING, NOW
from tests.support.proposals import approved_at_once
from tests.support.races import race_rounds, run_together

LAST_DAY = datetime(2026, 11, 30, 12, 0, tzinfo=BEIJING)
ROUNDS = max(1, race_rounds() // 10)

pytestmark = pytest.mark.race


def counts(database, action):
    with database.sessions() as session:
        told = session.scalar(
            select(func.count()).select_from(AuditEntry).where(AuditEntry.action == action)
        )
        written = session.scalar(select(func.count()).select_from(OutboxItem))
    return told, written


def both(database, act):
    def host(_number):
        with database.sessions() as session:
            return act(session)

    return run_together(host, threads=6)


def test_an_offer_is_told_of_and_expires_once(database, vault, site):
    for number in range(1, ROUNDS + 1):
        with database.sessions() as session:
            approved_at_once(session, vault, site)
        before = counts(database, "plan.lapse_told")[1]
        told = both(
            database,
            lambda session: lapsing.tell_lapsing_offers(
                session, acting(now=LAST_DAY, vault=vault, site=site), limit=10
            ),
        )
        assert sum(told) == 1, told
        assert counts(database, "plan.lapse_told") == (number, before + 1)
        over = LAST_DAY + timedelta(days=1)
        ended = both(
            database,
            lambda session, now=over: lapsing.expire_offers(session, acting(now=now), limit=10),
        )
        assert sum(ended) == 1, ended
        assert counts(database, "plan.expired")[0] == number


def test_a_reminder_is_written_once(database, vault, site):
    day = datetime(2026, 12, 10, 12, 0, tzinfo=BEIJING)
    for number in range(1, ROUNDS + 1):
        with database.sessions() as session:
            version = approved_at_once(session, vault, site)
            make_agreement(
                session,
                session.scalars(select(PlanVersion).where(PlanVersion.public_id == version)).one(),
                signed_at=NOW,
            )
        before = counts(database, "reminder.written")[1]
        done = both(
            database,
            lambda session: reminders.remind(
                session, acting(now=day, vault=vault, site=site), limit=100
            ),
        )
        assert sum(done) == 1, done
        assert counts(database, "reminder.written") == (number, before + 1)


def test_a_hold_ends_once(database, vault, site):
    with database.sessions() as session:
        approved_at_once(session, vault, site)
        session.execute(update(Hold).values(until_at=NOW - timedelta(seconds=1)))
        session.commit()
    ended = both(database, lambda session: lapsing.end_holds(session, acting(), limit=10))
    assert (sum(ended), counts(database, "hold.ended")[0]) == (1, 1)
