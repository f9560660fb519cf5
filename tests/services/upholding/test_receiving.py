"""A notice counts from the day it was received: delivered, or read."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from app.models import OutboxItem, PlanNotice, SmsReceipt
from app.services.upholding.noticing import look_at_kept_plans
from app.services.upholding.receiving import read_notice, take_delivered
from tests.factories import make_borrower
from tests.support.clock import NOW
from tests.support.money import covered, plan_of

SENT = date(2026, 12, 16)


@pytest.fixture
def notice(session, later, number) -> PlanNotice:
    covered(session, date(2026, 12, 15))
    look_at_kept_plans(session, later(23), limit=10)
    return session.scalars(select(PlanNotice)).one()


def receipt(session, *, delivered: bool, days: int) -> None:
    wanted = OutboxItem.idempotency_key.startswith("notice:")
    session.execute(
        update(OutboxItem).where(wanted).values(provider="local", provider_id="n1", state="sent")
    )
    session.add(
        SmsReceipt(
            provider="local",
            provider_id="n1",
            is_delivered=delivered,
            why="" if delivered else "off",
            code="",
            received_at=NOW + timedelta(days=days),
        )
    )
    session.commit()


def stands(session, notice, number):
    session.expire_all()
    return notice.received_on, notice.received_by, plan_of(session, number).state


def test_delivered_it_counts_from_that_day(session, later, notice, number):
    assert take_delivered(session, later(24), limit=10) == 0
    receipt(session, delivered=True, days=24)
    assert take_delivered(session, later(25), limit=10) == 1
    day = SENT + timedelta(days=1)
    assert stands(session, notice, number) == (day, "delivered", "in_cure")
    assert take_delivered(session, later(25), limit=10) == 0


def test_not_delivered_it_starts_no_clock(session, later, notice, number):
    receipt(session, delivered=False, days=24)
    assert take_delivered(session, later(25), limit=10) == 0
    assert stands(session, notice, number) == (None, None, "in_cure")


def test_read_it_counts_from_that_day_and_once(session, later, borrower, notice, number):
    plan = plan_of(session, number).number
    mine = {"borrower_id": borrower.id, "plan_number": plan}
    read_notice(session, later(25), **mine)
    read_notice(session, later(27), **mine)
    day = SENT + timedelta(days=2)
    assert stands(session, notice, number) == (day, "read", "in_cure")
    receipt(session, delivered=True, days=26)
    assert take_delivered(session, later(27), limit=10) == 0


def test_nobody_reads_for_another(session, later, vault, notice, number):
    other = make_borrower(session, vault, mobile="19003740002", id_number="990101198901141789")
    plan = plan_of(session, number).number
    read_notice(session, later(25), borrower_id=other.id, plan_number=plan)
    assert stands(session, notice, number) == (None, None, "in_cure")
