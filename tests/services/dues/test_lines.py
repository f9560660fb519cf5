"""What one plan asks by day and product."""

from dataclasses import replace
from datetime import UTC, date, datetime

from app.domain.keeping.account import Successor
from app.domain.keeping.standing import standing
from app.services.dues.lines import DuesKey, DuesSums, lines_of
from tests.domain.keeping.accounts import FIRST, account, loan, paid

# The 21st are Saturdays.
SECOND, THIRD = date(2026, 2, 23), date(2026, 3, 23)
PRODUCTS = {"L1": "消费贷"}
NOON = datetime(2026, 2, 23, 4, tzinfo=UTC)


def lines(kept, day):
    return lines_of(kept, standing(kept, day), PRODUCTS)


def test_money_ahead_is_received_for_the_day_it_is_for():
    kept = account(loan(), money=[paid(1, FIRST, 50_000)])
    found = lines(kept, FIRST)
    asked = {one.due_on: one for one in standing(kept, FIRST).instalments}
    for day in (FIRST, SECOND, THIRD):
        assert found[DuesKey(day, "消费贷")][:2] == (asked[day].amount_fen, asked[day].paid_fen)
    assert found[DuesKey(SECOND, "消费贷")].received_fen > 0


def test_a_waiver_stands_on_the_day_of_the_signature_and_of_completion():
    money = [paid(1, FIRST, 40_000), paid(2, SECOND, 40_000), paid(3, THIRD, 40_000)]
    kept = account(loan(waived=500), money=money)
    found = lines(kept, THIRD)
    signed = DuesKey(kept.plan.signed_on, "消费贷")
    assert found[signed].promised_fen == 500
    assert found[DuesKey(THIRD, "消费贷")].earned_fen == 500
    assert sum(one.lapsed_fen for one in found.values()) == 0


def test_what_a_replaced_plan_promised_is_promised_by_its_successor_alone():
    kept = account(loan(waived=500), money=[paid(1, FIRST, 40_000)])
    gone = replace(kept, replaced=Successor(SECOND, NOON, "AH-00002"))
    found = lines(gone, SECOND)
    assert sum(one.promised_fen for one in found.values()) == 0
    # What was paid by then stays its own, and nothing else is asked by it.
    assert [(key.due_on, one.due_fen, one.received_fen) for key, one in found.items()] == [
        (FIRST, 40_000, 40_000)
    ]


def test_sums_add_up_and_are_taken_apart():
    one, other = DuesSums(5, 3, 2, 1, 0), DuesSums(1, 1, 1, 1, 1)
    assert one.plus(other).plus(other, -1) == one
