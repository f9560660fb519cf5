"""Notices and changed dates of plans, as facts of their accounts."""

from datetime import date, timedelta

import pytest

from app.domain.keeping.account import DateChanged, Told
from app.models import DateChange, PlanNotice
from app.services.keeping.accounts import accounts_of
from app.services.keeping.acts import acts_of
from tests.factories import make_loan, make_plan
from tests.support.clock import NOW

SENT = date(2026, 11, 20)


@pytest.fixture
def plans(session, borrower):
    return [make_plan(session, make_loan(session, borrower)).plan_id for _ in range(2)]


def test_notices_and_dates_are_told_by_plan_and_in_their_order(session, plans):
    mine, other = plans
    session.add_all(
        [
            PlanNotice(plan_id=mine, kind="notice", sent_on=SENT, at=NOW, told={}),
            PlanNotice(
                plan_id=mine,
                kind="break",
                sent_on=SENT + timedelta(days=20),
                at=NOW,
                told={},
                received_on=SENT + timedelta(days=21),
                received_by="read",
                taken_back_at=NOW + timedelta(days=30),
                taken_back_why="in_time",
            ),
            DateChange(
                plan_id=mine,
                number=2,
                from_on=SENT,
                due_on=SENT + timedelta(days=9),
                at=NOW,
                actor="borrower:1",
                request_key="a",
            ),
        ]
    )
    session.commit()
    found = acts_of(session, plan_ids=plans)
    assert found[mine].told == (
        Told("notice", SENT),
        Told(
            "break",
            SENT + timedelta(days=20),
            SENT + timedelta(days=21),
            date(2026, 12, 23),
        ),
    )
    assert found[mine].date_changes == (DateChanged(2, SENT + timedelta(days=9), NOW),)
    assert (found[other].told, found[other].date_changes) == ((), ())


def test_a_plan_that_was_not_signed_has_no_account(session, plans):
    assert accounts_of(session, plan_ids=plans) == {}
