"""The money of signed plans as facts: payments, reversals, what was undone."""

from datetime import date, timedelta

import pytest

from app.services.keeping.accounts import accounts_of, standings_of
from tests.support.clock import NOW
from tests.support.kinds import signed_of
from tests.support.money import matched, paid, plan_of, taken_back, undone


@pytest.fixture
def signed(session, vault, site):
    return signed_of(session, vault, site, "reamortise")


def account_of(session, agreement):
    plan = plan_of(session, agreement.number)
    return accounts_of(session, plan_ids=[plan.id])[plan.id]


def test_money_is_a_fact_with_three_dates(session, signed):
    agreement, _loan, _version = signed
    day = date(2026, 12, 9)
    payment = paid(
        session, agreement.number, fen=7_000, on=day, arrived_on=day + timedelta(days=2), ref="W1"
    )
    (money,) = account_of(session, agreement).money
    assert money == ("招行 W1", day, day + timedelta(days=2), payment.posted_at, 7_000, None)


def test_a_reversal_takes_back_what_was_laid(session, signed):
    agreement, _loan, _version = signed
    first = paid(session, agreement.number, fen=7_000, on=date(2026, 12, 9), ref="W1")
    taken_back(session, first, agreement.number, on=date(2026, 12, 11), ref="W2")
    back = {one.number: one.reverses for one in account_of(session, agreement).money}
    assert back == {"招行 W1": None, "招行 W2": "招行 W1"}
    plan = plan_of(session, agreement.number)
    for day, fen in ((date(2026, 12, 10), 7_000), (date(2026, 12, 11), 0)):
        found = standings_of(session, plan_ids=[plan.id], as_of=day)[plan.id]
        assert sum(one.paid_fen for one in found.instalments) == fen


def test_what_was_undone_counts_as_taken_back_and_may_be_laid_again(session, signed):
    agreement, _loan, _version = signed
    plan = plan_of(session, agreement.number)
    payment = paid(session, agreement.number, fen=7_000, on=date(2026, 12, 9), ref="W1")
    undone(session, payment, at=NOW + timedelta(days=30))
    matched(session, payment, plan=plan, number=2, at=NOW + timedelta(days=31))
    session.commit()
    money = account_of(session, agreement).money
    assert [(one.number, one.reverses) for one in money] == [
        ("招行 W1", None),
        ("招行 W1 undone", "招行 W1"),
        ("招行 W1 #2", None),
    ]
    found = standings_of(session, plan_ids=[plan.id], as_of=date(2026, 12, 9))[plan.id]
    assert sum(one.paid_fen for one in found.instalments) == 7_000


@pytest.mark.parametrize("late", [False, True])
def test_the_order_of_posting_tells_nothing(session, signed, late):
    agreement, _loan, _version = signed
    facts = [("A", date(2026, 12, 9)), ("B", date(2026, 12, 9)), ("C", date(2026, 12, 12))]
    for ref, day in reversed(facts) if late else facts:
        paid(session, agreement.number, fen=40_000, on=day, ref=ref)
    plan = plan_of(session, agreement.number)
    found = standings_of(session, plan_ids=[plan.id], as_of=date(2026, 12, 20))[plan.id]
    assert [one.number for one in found.payments] == ["招行 A", "招行 B", "招行 C"]
