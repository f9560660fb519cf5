"""I25: a broken plan has its break on record, and lets go of its loans; the reverse."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.models import Hold, PlanLoan
from app.services.upholding.proving import untrue_breaks
from app.services.upkeep.invariants import check_invariants
from tests.services.breaks.conftest import (
    act,
    break_now,
    break_of,
    broken,
    follow_on,
    gateways,
    in_cure,
    later,
    number,
)
from tests.services.upholding.test_undoing import late
from tests.support.clock import NOW
from tests.support.money import plan_of

__all__ = ["act", "break_now", "broken", "follow_on", "gateways", "in_cure", "later", "number"]


def test_a_break_and_one_taken_back_keep_every_promise(session, broken, follow_on, gateways):
    assert check_invariants(session, gateways=gateways)[1] == ()
    late(session, broken)
    follow_on(broken)
    assert check_invariants(session, gateways=gateways)[1] == ()


def _without_break(session, agreement):
    notice = break_of(session, agreement)
    notice.taken_back_at, notice.taken_back_why = NOW, "in_time"


def _running_again(session, agreement):
    plan_of(session, agreement).state = "active"


def _open_loan(session, agreement):
    session.scalars(select(PlanLoan)).one().is_open = True


def _held(session, agreement):
    loan = session.scalars(select(PlanLoan)).one()
    plan = plan_of(session, agreement)
    session.add(
        Hold(
            borrower_id=plan.borrower_id,
            loan_id=loan.loan_id,
            cause="plan_kept",
            from_at=NOW - timedelta(days=1),
        )
    )


@pytest.mark.parametrize(
    ("plant", "what"),
    [
        (_without_break, "broken without a break in force"),
        (_running_again, "active with a break in force"),
        (_open_loan, "broken, and a loan is open in it"),
        (_held, "broken, and its hold goes on"),
    ],
)
def test_what_does_not_follow_is_found(session, broken, plant, what):
    assert list(untrue_breaks(session)) == []
    plant(session, broken)
    session.commit()
    number = plan_of(session, broken).number
    assert any(one == f"{number}: {what}" for one in untrue_breaks(session))
