"""A payment taken back: the whole of it, from its own day, or a person."""

from dataclasses import replace
from datetime import date

import pytest

from app.domain.nightly_fields import RowFault
from app.domain.repayments.deciding import Unmatched
from app.domain.repayments.reversals import (
    Received,
    TakenBack,
    match_reversal,
    received_of,
    reversed_keys,
)
from app.domain.repayments.row import RepaymentRow

TODAY = date(2026, 11, 27)
ROW = RepaymentRow(
    channel="银行卡",
    channel_ref="LS2",
    paid_on=date(2026, 11, 25),
    arrived_on=date(2026, 11, 26),
    fen=94_344,
    reverses="LS1",
)
ORIGINAL = Received(94_344, date(2026, 11, 20))


def _judge(row=ROW, **original):
    return match_reversal(row, replace(ORIGINAL, **original), today=TODAY, most_days=10)


def test_the_whole_payment_is_taken_back_from_its_own_value_date():
    assert _judge() == TakenBack("银行卡", "LS1", date(2026, 11, 25))
    assert _judge(state="unmatched") == _judge()


@pytest.mark.parametrize(
    ("original", "reason"),
    [
        ({"fen": 94_345}, "reversal_part"),
        ({"is_reversed": True}, "reversal_again"),
        ({"state": "returned"}, "reversal_returned"),
        ({"paid_on": date(2026, 11, 26)}, "reversal_early"),
    ],
)
def test_what_only_a_person_can_say_stays_unmatched(original, reason):
    assert _judge(**original) == Unmatched(reason)


def test_of_a_payment_that_is_not_known_or_long_past_a_person_decides():
    verdict = match_reversal(ROW, None, today=TODAY, most_days=10)
    assert verdict == Unmatched("reversal_unknown")
    old = replace(ROW, paid_on=date(2026, 11, 1))
    assert _judge(old, paid_on=date(2026, 10, 1)) == Unmatched("old_value_date")


def test_a_reversal_is_not_reversed():
    with pytest.raises(RowFault) as fault:
        _judge(reverses="LS0")
    assert (fault.value.field, fault.value.code) == ("冲正流水号", "reversal")


def test_a_payment_of_the_same_file_is_reversed_too():
    first = replace(ROW, channel_ref="LS1", reverses="", paid_on=date(2026, 11, 24))
    assert reversed_keys([first, ROW]) == {("银行卡", "LS1")}
    verdict = match_reversal(ROW, received_of(first), today=TODAY, most_days=10)
    assert isinstance(verdict, TakenBack)
    with pytest.raises(RowFault):
        match_reversal(
            replace(ROW, channel_ref="LS3", reverses="LS2"),
            received_of(ROW),
            today=TODAY,
            most_days=10,
        )
