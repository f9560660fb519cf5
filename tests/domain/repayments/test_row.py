"""One line of a file of repayments: what is read, and the first thing wrong with it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.nightly_fields import RowFault
from app.domain.repayments.row import (
    COLUMNS,
    MOST_FEN,
    Posted,
    RepaymentLayout,
    RepaymentRow,
    is_duplicate,
    is_old,
    posted_of,
    read_repayment,
)

TODAY = date(2026, 11, 27)
GOOD = {
    "流水号": "LS700000000",
    "渠道": "对公转账",
    "入账日期": "2026-11-22",
    "金额(元)": "20642.63",
    "借据号": "JJ26170000332",
    "备注": "AH-00318-6 还款",
    "付款日期": "2026-11-20",
    "付款人": "张洋",
    "付款账号": "6222020000005512",
}


def _read(**cells):
    return read_repayment(GOOD | cells, today=TODAY)


def _fault(**cells):
    with pytest.raises(RowFault) as fault:
        _read(**cells)
    assert fault.value.message
    return fault.value.field, fault.value.code


def test_a_good_line_is_read_whole():
    assert _read() == RepaymentRow(
        channel="对公转账",
        channel_ref="LS700000000",
        paid_on=date(2026, 11, 20),
        arrived_on=date(2026, 11, 22),
        fen=2_064_263,
        loan_ref="JJ26170000332",
        payer="张洋",
        account_tail="5512",
        remark="AH-00318-6 还款",
    )


def test_what_is_optional_may_be_missing():
    needed = ("流水号", "渠道", "入账日期", "金额(元)")
    row = read_repayment({name: GOOD[name] for name in needed}, today=TODAY)
    assert row.paid_on == row.arrived_on == date(2026, 11, 22)
    assert (row.loan_ref, row.payer, row.account_tail, row.remark, row.reverses) == ("",) * 5


@pytest.mark.parametrize(
    ("column", "text", "name", "expected"),
    [
        ("金额(元)", "1,300.50", "fen", 130_050),
        ("金额(元)", "¥10", "fen", 1_000),
        ("金额(元)", "０．０１", "fen", 1),
        ("金额(元)", "10000000.00", "fen", MOST_FEN),
        ("入账日期", "20261122", "arrived_on", date(2026, 11, 22)),
        ("入账日期", "2026/11/22 10:33:20", "arrived_on", date(2026, 11, 22)),
        ("入账日期", "2026-11-27", "arrived_on", TODAY),
        ("付款日期", "2026-11-20T23:59", "paid_on", date(2026, 11, 20)),
        ("付款日期", "—", "paid_on", date(2026, 11, 22)),
        ("付款日期", "2025-01-01", "paid_on", date(2025, 1, 1)),
        ("付款账号", "6222 0200 0000 5512", "account_tail", "5512"),
        ("付款账号", "****5512", "account_tail", "5512"),
        ("付款账号", "５５１２", "account_tail", "5512"),
        ("付款账号", "5512.0", "account_tail", "5512"),
        ("付款账号", "6.22202E+15", "account_tail", ""),
        ("付款账号", "zhang@example.com", "account_tail", ""),
        ("借据号", "-", "loan_ref", ""),
        ("备注", "=1+1", "remark", "=1+1"),
        ("备注", "两\n行", "remark", "两\n行"),
    ],
)
def test_a_cell_is_read_as_banks_write_it(column, text, name, expected):
    assert getattr(_read(**{column: text}), name) == expected


FAULTS = [
    ("流水号", "", "required"),
    ("流水号", "L" * 65, "text"),
    ("流水号", "7E+19", "sci"),
    ("流水号", "LS\u200b1", "text"),
    ("渠道", "", "required"),
    ("渠道", "微信\ufffd", "text"),
    ("入账日期", "", "date"),
    ("入账日期", "2026-02-30", "date"),
    ("入账日期", "2026-11-28", "date"),
    ("入账日期", "2062-11-22", "date"),
    ("入账日期", "昨天", "date"),
    ("付款日期", "2026-11-23", "date"),
    ("付款日期", "2026-13-01", "date"),
    ("付款日期", "0026-11-20", "date"),
    ("金额(元)", "", "amount"),
    ("金额(元)", "0", "amount"),
    ("金额(元)", "0.00", "amount"),
    ("金额(元)", "0E+00", "amount"),
    ("金额(元)", "-1.00", "negative"),
    ("金额(元)", "-0.00", "negative"),
    ("金额(元)", "1.005", "amount"),
    ("金额(元)", "1E+05", "amount"),
    ("金额(元)", "USD 100", "amount"),
    ("金额(元)", "$100", "amount"),
    ("金额(元)", "一百", "amount"),
    ("金额(元)", "1,5", "amount"),
    ("金额(元)", "10000000.01", "amount"),
    ("金额(元)", "13800001234", "amount"),
    ("金额(元)", "9" * 30, "amount"),
    ("金额(元)", "1\ufffd0", "text"),
    ("借据号", "J" * 41, "text"),
    ("借据号", "2.02611E+19", "sci"),
    ("备注", "坏\ufffd字", "text"),
    ("备注", "长" * 401, "text"),
    ("备注", "藏\u202e字", "text"),
    ("付款人", "\ufffd洋", "text"),
    ("冲正流水号", "LS700000000", "reversal"),
]


@pytest.mark.parametrize(("column", "text", "code"), FAULTS)
def test_a_fault_is_told_by_column_and_code(column, text, code):
    assert _fault(**{column: text}) == (column, code)


def test_either_column_of_the_amount_is_read_and_both_have_to_agree():
    assert _read(**{"金额": "20642.63"}).fen == 2_064_263
    assert _read(**{"金额": "1.00", "金额(元)": ""}).fen == 100
    assert _fault(**{"金额": "1.00"}) == ("金额", "amount")


@pytest.mark.parametrize(
    ("text", "fen"), [("20642.63", 2_064_263), ("-20642.63", 2_064_263), ("－1.00", 100)]
)
def test_a_reversal_names_a_line_and_its_sign_says_nothing_more(text, fen):
    row = _read(**{"冲正流水号": "LS600000000", "金额(元)": text})
    assert (row.reverses, row.fen) == ("LS600000000", fen)


@pytest.mark.parametrize("text", ["0.00", "-0.00", "--1.00"])
def test_a_reversal_of_nothing_is_refused(text):
    assert _fault(**{"冲正流水号": "LS600000000", "金额(元)": text})[0] == "金额(元)"


@pytest.mark.parametrize(
    ("headers", "missing"),
    [
        ("流水号,渠道,入账日期,金额,备注", ""),
        ("备注,金额（元）, 渠 道 ,入账日期,流水号,别的", ""),
        ("流水号,借据号,入账日期,金额(元),渠道", ""),
        ("渠道,入账日期,金额,备注", "流水号"),
        ("流水号,渠道,入账日期,备注", "金额或金额(元)"),
        ("流水号,渠道,入账日期,金额,付款人", "借据号或备注"),
        ("", "流水号、渠道、入账日期、金额或金额(元)、借据号或备注"),
    ],
)
def test_headings_name_what_there_is(headers, missing):
    names = headers.split(",")
    if missing:
        with pytest.raises(RowFault) as fault:
            RepaymentLayout.of(names)
        assert fault.value.code == "header"
        assert fault.value.message.endswith(f"：{missing}")
    else:
        assert RepaymentLayout.of(names).width == len(names)


def test_cells_are_found_by_their_headings():
    layout = RepaymentLayout.of("流水号,渠道,入账日期,金额,备注,付款人".split(","))
    cells = layout.cells([' ="0012" ', "微信", "2026-11-22", "1.00", ' ="x" ', ""])
    assert cells["流水号"] == "0012"
    assert cells["备注"] == '="x"'
    assert layout.cells(["1", "微信", "2026-11-22", "1.00"]).get("备注") is None
    assert layout.cells(["1", "微信", "2026-11-22", "1.00", "", "", " "])
    for values in (["1", "微信"], ["1", "微信", "2026-11-22", "1", "300.00", "", "张洋"]):
        with pytest.raises(RowFault) as fault:
            layout.cells(values)
        assert fault.value.code == "columns"


def test_the_same_line_again_is_a_duplicate():
    row = _read()
    assert not is_duplicate(row, None)
    assert is_duplicate(row, posted_of(row))
    assert is_duplicate(_read(备注="说得多一些", 付款人="张洋（个人）"), posted_of(row))


@pytest.mark.parametrize(
    ("kept", "field"),
    [
        (Posted(2_064_264, date(2026, 11, 20), date(2026, 11, 22), ""), "金额"),
        (Posted(2_064_263, date(2026, 11, 21), date(2026, 11, 22), ""), "流水号"),
        (Posted(2_064_263, date(2026, 11, 20), date(2026, 11, 23), ""), "流水号"),
        (Posted(2_064_263, date(2026, 11, 20), date(2026, 11, 22), "LS1"), "流水号"),
    ],
)
def test_anything_else_under_its_number_is_refused_as_changed(kept, field):
    with pytest.raises(RowFault) as fault:
        is_duplicate(_read(), kept)
    assert (fault.value.field, fault.value.code) == (field, "changed")


@pytest.mark.parametrize(
    ("paid_on", "old"),
    [
        (date(2026, 11, 27), False),
        (date(2026, 11, 17), False),
        (date(2026, 11, 16), True),
        (date(1999, 1, 1), True),
    ],
)
def test_money_paid_more_than_so_many_days_ago_is_old(paid_on, old):
    assert is_old(paid_on, today=TODAY, most_days=10) is old


@given(st.fixed_dictionaries({name: st.text(max_size=30) for name in COLUMNS}))
def test_no_cells_stop_the_reader(cells):
    try:
        row = read_repayment(cells, today=TODAY)
    except RowFault as fault:
        assert fault.field in COLUMNS  # noqa: PT017
        assert fault.message  # noqa: PT017
    else:
        assert 0 < row.fen <= MOST_FEN
        assert row.paid_on <= row.arrived_on <= TODAY
