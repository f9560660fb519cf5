"""What journals come to: true for a day, known at an instant."""

from datetime import date, datetime, timedelta

import pytest

from app.domain.calendar import midnight
from app.services.ledger.balance_queries import account_totals, balances_of
from tests.services.ledger.made import FIRST, posted, signed_plan
from tests.support.money import paid

DAY = timedelta(days=1)
SIGNED = date(2026, 11, 23)


@pytest.fixture
def signed(session, vault, site):
    return signed_plan(session, vault, site)


def money(session, plan_id, **when):
    found = balances_of(session, plan_ids=[plan_id], **when).get(plan_id, {})
    return sum(fen for key, fen in found.items() if key.account == "plan_money")


def test_a_late_payment_was_not_known_and_yet_true(session, signed):
    plan = signed.plan
    posted(session, plan.id, SIGNED, at=midnight(SIGNED))
    paid(session, signed.agreement, fen=9_000, on=SIGNED + DAY, ref="W1")
    late = midnight(SIGNED + 2 * DAY)
    posted(session, plan.id, SIGNED + 2 * DAY, at=late)
    assert money(session, plan.id, day=SIGNED) == 0
    assert money(session, plan.id, day=SIGNED + DAY) == 9_000
    assert money(session, plan.id, day=SIGNED + DAY, known_at=late - timedelta(seconds=1)) == 0
    assert money(session, plan.id, day=SIGNED + DAY, known_at=late) == 9_000
    assert money(session, plan.id) == 9_000


def test_balances_name_loan_component_and_instalment(session, signed):
    plan = signed.plan
    posted(session, plan.id, SIGNED)
    found = balances_of(session, plan_ids=[plan.id])[plan.id]
    assert {key.loan for key in found} == {signed.ref}
    assert {key.number for key in found if key.account == "opening"} == {None}
    assert all(fen > 0 for fen in found.values())


def test_all_accounts_together_are_zero(session, signed):
    posted(session, signed.plan.id, SIGNED)
    paid(session, signed.agreement, fen=90_000, on=SIGNED + DAY, ref="W1")
    posted(session, signed.plan.id, FIRST)
    found = account_totals(session)
    assert found["bank"] == 90_000
    debit = found["bank"] + found["receivable"]
    assert debit == found["opening"] + found["income"] + found.get("plan_money", 0)
    assert "bank" not in account_totals(session, day=SIGNED)


def test_an_instant_needs_a_zone(session, signed):
    with pytest.raises(Exception, match="naive"):
        balances_of(session, plan_ids=[1], known_at=datetime(2026, 11, 23))  # noqa: DTZ001
