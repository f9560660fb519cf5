"""A signed plan of which two parts were missed, and whose borrower read the notice."""

from datetime import date

import pytest
from sqlalchemy import select

from app.models import Plan, PlanNotice
from app.services.breaks.recording import break_plans
from app.services.core.transaction import transaction
from app.services.upholding.following import follow
from app.services.upholding.noticing import look_at_kept_plans
from app.services.upholding.receiving import read_notice
from tests.services.upholding.conftest import act, gateways, later, number
from tests.support.money import covered, plan_of

__all__ = ["act", "gateways", "later", "number"]

# The first payment and part 1 are missed by the 15th; read on the 16th, the cure ends on the 26th,
# a Saturday, and moves to Monday.
NOTICED, CURE_ENDS = date(2026, 12, 16), date(2026, 12, 28)
BROKEN = date(2026, 12, 29)
# Days after the signature.
BREAK_DAYS = 36


@pytest.fixture
def in_cure(session, later, number, borrower) -> str:
    """Its number: noticed, read, and not mended since; files cover all up to the break."""
    covered(session, date(2026, 12, 15))
    context = later(23)
    look_at_kept_plans(session, context, limit=10)
    read_notice(
        session, context, borrower_id=borrower.id, plan_number=plan_of(session, number).number
    )
    covered(session, CURE_ENDS)
    session.expire_all()
    return number


@pytest.fixture
def break_now(session, later):
    def breaking(days=BREAK_DAYS, limit=10) -> int:
        done = break_plans(session, later(days), limit=limit)
        session.rollback()
        session.expire_all()
        return done

    return breaking


@pytest.fixture
def broken(session, in_cure, break_now) -> str:
    """Its number: broken on the day after the cure."""
    assert break_now() == 1
    assert plan_of(session, in_cure).state == "broken"
    return in_cure


@pytest.fixture
def follow_on(session, later):
    """Follow a plan so many days after its signature."""

    def following(agreement, days=BREAK_DAYS + 3) -> Plan:
        plan_id = plan_of(session, agreement).id
        with transaction(session):
            follow(session, later(days), plan_ids=[plan_id])
        session.expire_all()
        return session.get_one(Plan, plan_id)

    return following


def break_of(session, agreement: str) -> PlanNotice:
    """The break on record of a plan."""
    mine = PlanNotice.plan_id == plan_of(session, agreement).id, PlanNotice.kind == "break"
    return session.scalars(select(PlanNotice).where(*mine)).one()
