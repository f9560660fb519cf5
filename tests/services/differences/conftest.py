"""A signed plan, and files of later days that say of its loan what the contract asks."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.domain.arrears import arrears
from app.domain.calendar import midnight
from app.models import FileDifference, Loan
from app.services.core.context import Actor
from app.services.differences.comparing import compare_with_file
from app.services.keeping.accounts import terms_of
from tests.factories import CEILING_PPM, make_snapshot
from tests.services.ledger.made import posted, signed_plan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.threads import handler

DAY = date(2026, 11, 30)


@pytest.fixture
def plan(session, vault, site):
    found = signed_plan(session, vault, site)
    posted(session, found.plan.id, NOW.date())
    return found


@pytest.fixture
def loan(session, plan):
    return session.scalars(select(Loan).where(Loan.ref == plan.ref)).one()


@pytest.fixture
def told(session, loan):
    """A file of a day: the contract's own figures, and what differs from them."""

    def file(day=DAY, **differences):
        owed = arrears(
            terms_of(loan), paid=loan.paid, fee_fen=0, as_of=day, ceiling_ppm=CEILING_PPM
        )
        make_snapshot(session, loan, owed, differences=differences)
        loan.as_of_on = day
        session.commit()
        return owed

    return file


@pytest.fixture
def compare(session):
    def compared(day=DAY, limit=9):
        context = acting(now=midnight(day) + timedelta(hours=26))
        while not compare_with_file(session, context, limit=limit).is_over:
            continue

    return compared


@pytest.fixture
def rows(session):
    """Differences of a day by component."""

    def read(day=DAY):
        session.rollback()
        session.expire_all()
        query = select(FileDifference).where(FileDifference.as_of_on == day)
        return {one.component: one for one in session.scalars(query)}

    return read


@pytest.fixture
def zheng(session, vault):
    who = handler(session, "finance", username="zheng")
    actor = Actor(who.author, "127.0.0.1")
    return acting(now=midnight(DAY) + timedelta(hours=30), actor=actor, staff=who, vault=vault)
