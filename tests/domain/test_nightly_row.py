"""One row of a nightly file: what is read, and the first thing wrong with it."""

from datetime import date

import pytest

from app.domain.nightly_fields import (
    MESSAGES,
    RowFault,
    check_digit,
    read_amount,
    read_date,
    read_mobile,
    read_percent,
)
from app.domain.nightly_row import COLUMNS, compare, judge_row
from tests.support.books import AS_OF, CEILING_PPM, good_cells, id_number


def _judge(*, is_ref_taken=False, is_customer_taken=False, **overrides):
    cells = good_cells(**overrides)
    return judge_row(
        cells, as_of=AS_OF, is_ref_taken=is_ref_taken, is_customer_taken=is_customer_taken
    )


def _fault(**overrides):
    with pytest.raises(RowFault) as fault:
        _judge(**overrides)
    return fault.value.field, fault.value.code


FAULTS = [
    ("客户编号", "", "required"),
    ("客户编号", "C" * 41, "text"),
    ("客户编号", "C1\x00", "text"),
    ("借据号", "", "missing_ref"),
    ("借据号", "J" * 41, "text"),
    ("合同编号", "", "required"),
    ("姓名", "", "required"),
    ("证件类型", "护照", "id_type"),
    ("证件号码", "", "id_checksum"),
    ("证件号码", "990101198901140966", "id_checksum"),
    ("证件号码", "99010119890114096", "id_checksum"),
    ("证件号码", "９９0101198901140965", "id_checksum"),
    ("证件号码", "9.90101E+17", "sci"),
    ("证件号码", "9e17", "sci"),
    ("手机号码", "12345", "mobile"),
    ("手机号码", "12003740000", "mobile"),
    ("手机号码", "+85219003740000", "mobile"),
    ("手机号码", "", "mobile"),
    ("产品名称", "", "required"),
    ("还款方式", "随借随还", "method"),
    ("还款方式", "", "method"),
    ("放款日期", "2026-02-30", "date"),
    ("放款日期", "2026-11-21", "date"),
    ("放款日期", "46000", "date"),
    ("到期日期", "2026-01-18", "date"),
    ("到期日期", "2028-01-17", "maturity"),
    ("到期日期", "2028-02-18", "maturity"),
    ("数据日期", "2026-11-19", "date"),
    ("数据日期", "", "date"),
    ("放款金额(元)", "约三千", "amount"),
    ("放款金额(元)", "0.00", "amount"),
    ("放款金额(元)", "12,00.00", "amount"),
    ("剩余本金", "1.234", "amount"),
    ("剩余本金", "1e3", "amount"),
    ("剩余本金", "１00.00", "amount"),
    ("逾期本金", "-1.00", "negative"),
    ("逾期本金", "-0.00", "negative"),
    ("应收利息", "-1,000.00", "negative"),
    ("应收罚息", "", "amount"),
    ("应收费用", "nan", "amount"),
    ("年利率(%)", "50.0001", "rate"),
    ("年利率(%)", "18.25%", "rate"),
    ("年利率(%)", "18.25001", "rate"),
    ("罚息上浮(%)", "-1", "rate"),
    ("计息基准", "366", "basis"),
    ("总期数", "0", "number"),
    ("总期数", "12.0", "number"),
    ("已还期数", "25", "number"),
    ("还款日", "32", "number"),
    ("逾期起始日", "2026-10-32", "date"),
    ("逾期起始日", "", "dpd"),
    ("逾期起始日", "2026-11-20", "dpd"),
    ("逾期天数", "1", "dpd"),
    ("逾期天数", "", "dpd"),
    ("逾期天数", "-33", "dpd"),
]


@pytest.mark.parametrize(("column", "text", "code"), FAULTS)
def test_a_cell_at_fault_is_told_with_its_code(column, text, code):
    field = "逾期天数" if code == "dpd" else column
    assert _fault(**{column: text}) == (field, code)


def test_more_overdue_than_left_is_told_as_total():
    left = good_cells()["剩余本金"]
    assert _fault(剩余本金="100.00", 逾期本金="100.01") == ("逾期本金", "total")
    assert _judge(逾期本金=left).figures.overdue_principal == read_amount(left, "")


def test_a_taken_loan_number_and_a_customer_with_two_ids_are_told():
    assert _fault(is_ref_taken=True) == ("借据号", "duplicate_ref")
    assert _fault(is_customer_taken=True) == ("客户编号", "customer_conflict")


def test_the_first_fault_in_the_order_of_the_columns_is_told():
    wrong = {
        "逾期天数": "1",
        "总期数": "x",
        "应收罚息": "x",
        "放款日期": "x",
        "还款方式": "x",
        "手机号码": "1",
    }
    order = ["手机号码", "还款方式", "放款日期", "应收罚息", "总期数", "逾期天数"]
    for column in order:
        assert _fault(**wrong)[0] == column
        wrong.pop(column)


def test_every_message_says_what_to_do_and_repeats_nothing_of_the_row():
    for column, text, _code in FAULTS:
        with pytest.raises(RowFault) as fault:
            _judge(**{column: text})
        assert fault.value.message in MESSAGES.values()
        assert any(word in fault.value.message for word in ("请", "要", "只能"))


@pytest.mark.parametrize(
    ("column", "text", "code", "wrong"),
    [
        ("放款日期", "2026-11-21", "date", "later_than_file"),
        ("到期日期", "2020-01-01", "date", "not_after_start"),
        ("数据日期", "2026-11-19", "date", "other_date"),
        ("放款金额(元)", "0.00", "amount", "nothing_lent"),
    ],
)
def test_a_cell_that_can_be_read_is_not_said_to_be_badly_written(column, text, code, wrong):
    with pytest.raises(RowFault) as fault:
        _judge(**{column: text})
    assert (fault.value.field, fault.value.code, fault.value.message) == (
        column,
        code,
        MESSAGES[wrong],
    )


@pytest.mark.parametrize(
    ("column", "text", "attribute", "value"),
    [
        ("证件号码", "'" + id_number(1), "id_number", id_number(1)),
        ("手机号码", "+86 190 0374 0000", "mobile", "19003740000"),
        ("手机号码", "+8619003740000", "mobile", "19003740000"),
    ],
)
def test_habits_of_spreadsheets_are_read(column, text, attribute, value):
    assert getattr(_judge(**{column: text}).person, attribute) == value


def test_a_small_x_closes_an_id_like_a_capital_one():
    first = next(
        f"99010119850101{n:03d}"
        for n in range(1000)
        if check_digit(f"99010119850101{n:03d}") == "X"
    )
    assert _judge(证件号码=f"{first}x").person.id_number == f"{first}X"


def test_an_id_needs_a_real_birth_date_but_no_known_region():
    first = "99010119850230123"
    assert _fault(证件号码=first + check_digit(first)) == ("证件号码", "id_checksum")


@pytest.mark.parametrize("text", ["2026-11-20", "2026/11/20", "20261120"])
def test_dates_are_written_in_three_ways(text):
    assert read_date(text, "") == date(2026, 11, 20)


@pytest.mark.parametrize(
    "text", ["2026-11/20", "2026.11.20", "20-11-2026", "2026112", "2026-11-20 00:00", ""]
)
def test_other_ways_to_write_a_date_are_refused(text):
    with pytest.raises(RowFault):
        read_date(text, "")


@pytest.mark.parametrize(
    ("text", "fen"), [("0.00", 0), ("1,300.50", 130_050), ("12345.6", 1_234_560), ("7", 700)]
)
def test_amounts_are_read_to_the_fen(text, fen):
    assert read_amount(text, "") == fen


@pytest.mark.parametrize(
    ("text", "ppm"), [("18.25", 182_500), ("18.2500", 182_500), ("0", 0), ("50", 500_000)]
)
def test_percentages_are_read_without_rounding(text, ppm):
    assert read_percent(text, "") == ppm


@pytest.mark.parametrize("text", ["8619003740000", "190037400001", "1900374000a"])
def test_a_mobile_is_eleven_digits_of_the_mainland(text):
    with pytest.raises(RowFault):
        read_mobile(text, "")


def test_blank_and_none_mean_not_overdue():
    row = _judge(逾期起始日="", 逾期天数="0", 逾期本金="0.00")
    assert (row.overdue_since_on, row.days_past_due) == (None, 0)
    assert _judge(逾期起始日="", 逾期天数="").days_past_due == 0


def test_a_formula_in_the_remark_is_text():
    assert _judge(备注='=HYPERLINK("http://x.invalid")').remark.startswith("=HYPERLINK")


def test_a_row_of_our_own_figures_has_no_difference():
    compared = compare(_judge(), as_of=AS_OF, ceiling_ppm=CEILING_PPM)
    assert compared.differences == {}
    assert not compared.is_different


def test_a_row_that_departs_from_our_figures_is_told_by_component():
    row = _judge(differences={"penalty": 137, "interest": -5})
    compared = compare(row, as_of=AS_OF, ceiling_ppm=CEILING_PPM)
    assert compared.differences == {"penalty": 137, "interest": -5}
    assert compared.is_different


def test_another_day_overdue_since_marks_the_row_without_an_amount():
    row = _judge(逾期起始日="2026-11-18", 逾期天数="2")
    compared = compare(row, as_of=AS_OF, ceiling_ppm=CEILING_PPM)
    assert compared.is_different
    assert compared.differences == {}


def test_a_principal_too_small_for_its_instalments_is_told_as_amount():
    row = _judge(
        **{"放款金额(元)": "0.13", "剩余本金": "0.13", "逾期本金": "0.00", "还款方式": "等额本金"}
    )
    with pytest.raises(RowFault) as fault:
        compare(row, as_of=AS_OF, ceiling_ppm=CEILING_PPM)
    assert (fault.value.field, fault.value.code) == ("放款金额(元)", "amount")


def test_the_columns_are_the_formats_and_in_its_order():
    assert COLUMNS[:4] == ("客户编号", "借据号", "合同编号", "姓名")
    assert len(COLUMNS) == len(set(COLUMNS)) == 27
