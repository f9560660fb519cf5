"""A payment told by names is the line of a file with the same facts."""

from datetime import date

import pytest

from app.domain.nightly_fields import RowFault
from app.domain.repayments.posted import COLUMN_OF, read_posted
from app.domain.repayments.row import COLUMNS, RepaymentRow, read_repayment

TODAY = date(2026, 11, 23)
GOOD = {
    "channel_ref": "T1",
    "channel": "核心",
    "loan_ref": "JJ1",
    "remark": "还款",
    "paid_on": "2026-11-20",
    "arrived_on": "2026-11-22",
    "payer": "罗涵敏",
}


def test_a_payment_is_read_as_the_line_with_the_same_facts():
    told = GOOD | {"reverses": "T0"}
    row = read_posted(told, 100_01, today=TODAY)
    line = {COLUMN_OF[name]: text for name, text in told.items()} | {"金额": "100.01"}
    assert row == read_repayment(line, today=TODAY)
    assert row == RepaymentRow(
        "核心",
        "T1",
        date(2026, 11, 20),
        date(2026, 11, 22),
        100_01,
        "JJ1",
        "罗涵敏",
        "",
        "还款",
        "T0",
    )


@pytest.mark.parametrize("fen", [1, 9, 10, 99, 100, 101, 1_000_000_000])
def test_every_fen_is_kept(fen):
    assert read_posted(GOOD, fen, today=TODAY).fen == fen


def test_each_name_is_a_column():
    assert set(COLUMN_OF.values()) <= set(COLUMNS)


@pytest.mark.parametrize(
    ("changed", "fen", "field", "code"),
    [
        ({"channel_ref": "1.23E+11"}, 1, "channel_ref", "sci"),
        ({"arrived_on": "2026-11-24"}, 1, "arrived_on", "date"),
        ({"paid_on": "2026-11-23"}, 1, "paid_on", "date"),
        ({"payer": "罗\ufffd"}, 1, "payer", "text"),
        ({"reverses": "T1"}, 1, "reverses", "reversal"),
        ({}, 0, "fen", "amount"),
        ({}, 1_000_000_001, "fen", "amount"),
        ({"loan_ref": "", "remark": " "}, 1, "loan_ref", "required"),
    ],
)
def test_a_fault_names_the_field(changed, fen, field, code):
    with pytest.raises(RowFault) as fault:
        read_posted(GOOD | changed, fen, today=TODAY)
    assert (fault.value.field, fault.value.code) == (field, code)
