"""A plan with money in November, and two people of finance at the beginning of a month."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.domain.calendar import midnight
from app.models import MonthClose
from app.services.closing.closing import close_month, freeze_month
from app.services.core.context import Actor
from app.services.core.transaction import transaction
from app.services.upholding.following import follow
from tests.services.ledger.made import posted, signed_plan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.money import paid
from tests.support.threads import handler

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
PAID_ON = date(2026, 11, 26)


@pytest.fixture
def plan(session, vault, site):
    found = signed_plan(session, vault, site)
    posted(session, found.plan.id, NOW.date())
    return found


@pytest.fixture
def came(session, vault, site, plan):
    """came(fen, value day, day of posting)."""

    def money(fen=50_000, on=PAID_ON, at=None):
        now = midnight(at or on) + timedelta(hours=9)
        paid(session, plan.agreement, fen=fen, on=on, at=now)
        with transaction(session):
            context = acting(now=now, vault=vault, site=site)
            follow(session, context, plan_ids=[plan.plan.id])

    return money


@pytest.fixture
def at_finance(session, vault, site):
    people = {}

    def context(username="zheng", day=date(2026, 12, 2)):
        if username not in people:
            people[username] = handler(session, "finance", username=username)
        who = people[username]
        now = midnight(day) + timedelta(hours=10)
        actor = Actor(who.author, "127.0.0.1")
        return acting(now=now, actor=actor, staff=who, vault=vault, site=site)

    return context


@pytest.fixture
def freeze(session, at_finance):
    def frozen(month=NOVEMBER, day=date(2026, 12, 2), key="freeze-1", by="zheng"):
        context = at_finance(by, day)
        freeze_month(session, context, month=month, request_key=key)

    return frozen


@pytest.fixture
def close(session, at_finance, month):
    def closed(at=NOVEMBER, day=date(2026, 12, 2), key="close-1", by="he", sha256=None):
        looked_at = sha256 or month(at).report_sha256
        context = at_finance(by, day)
        close_month(session, context, month=at, report_sha256=looked_at, request_key=key)

    return closed


@pytest.fixture
def month(session):
    def read(at=NOVEMBER):
        session.rollback()
        session.expire_all()
        return session.scalars(select(MonthClose).where(MonthClose.month_on == at)).one()

    return read
