"""Days on which nothing accrues on the contract of a broken plan: another plan was proposed."""

from datetime import date, timedelta

import pytest

from app.domain.pauses import Pause
from app.models import PlanLoan
from app.services.keeping.free_days import NO_END, pauses_of
from tests.factories import make_loan, make_plan
from tests.support.clock import NOW

START = date(2026, 12, 1)


@pytest.fixture
def loan(session, borrower):
    return make_loan(session, borrower)


@pytest.fixture
def plan_id(session, loan) -> int:
    version = make_plan(session, loan, state="signed")
    for one in session.query(PlanLoan).filter_by(plan_id=version.plan_id):
        one.is_open = False
    session.commit()
    return version.plan_id


def test_without_plans_nothing_is_asked(session):
    assert pauses_of(session, plan_ids=[]) == {}


def test_a_proposal_that_is_open_has_no_end(session, plan_id, loan):
    make_plan(session, loan, state="submitted", start_on=START)
    found = pauses_of(session, plan_ids=[plan_id])
    assert found == {(plan_id, loan.id): (Pause(START, NO_END),)}


def test_one_that_is_over_ended_on_its_day_and_one_before_is_not_counted(session, plan_id, loan):
    ended = NOW + timedelta(days=12)
    other = make_plan(session, loan, state="withdrawn", start_on=START, ended_at=ended)
    found = pauses_of(session, plan_ids=[plan_id])
    assert found == {(plan_id, loan.id): (Pause(START, date(2026, 12, 5)),)}
    assert pauses_of(session, plan_ids=[other.plan_id]) == {}
