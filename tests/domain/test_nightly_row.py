"""One row of a nightly file: what is read, and the first thing wrong with it."""

from datetime import date

import pytest

from app.domain.id_papers import check_digit
from app.domain.nightly_fields import (
    MESSAGES,
    RowFault,
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
    ("证件类型", "驾驶证", "id_type"),
    ("证件号码", "", "id_checksum"),
    ("证件号码", "990101198901140966", "id_checksum"),
    ("证件号码", "99010119890114096", "id_checksum"),
    ("证件号码", "９９0101198901140966", "id_checksum"),
    ("证件号码", "99010119890114\u200b0965", "text"),
    ("客户编号", "C1\u202e", "text"),
    ("客户编号", "1.00001E+11", "sci"),
    ("借据号", "2.02611E+19", "sci"),
    ("借据号", "JJ\ufffd1", "text"),
    ("合同编号", "2E+19", "sci"),
    ("姓名", "陈\u202e试", "text"),
    ("姓名", "陈\u200b试", "text"),
    ("姓名", "陈\u2028试", "text"),
    ("姓名", "\ufeff陈试", "text"),
    ("姓名", "陈\u00ad试", "text"),
    ("姓名", "陈\u3164", "text"),
    ("姓名", "陈\x85", "text"),
    ("姓名", "陈\ufffd", "text"),
    ("手机号码", "1900000000\ufffd", "text"),
    ("剩余本金", "1\ufffd", "text"),
    ("放款日期", "2026\ufffd", "text"),
    ("计息基准", "36\ufffd", "text"),
    ("还款方式", "等额本\ufffd", "text"),
    ("证件类型", "身份\ufffd", "text"),
    ("备注", "打过\0电话", "text"),
    ("备注", "\u202e", "text"),
    ("备注", "a\u2028b", "text"),
    ("备注", "a\x85b", "text"),
    ("备注", "x" * 20_001, "text"),
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
    ("剩余本金", "2882.0010", "amount"),
    ("剩余本金", "2.882E+3", "amount"),
    ("剩余本金", "--", "amount"),
    ("剩余本金", ".", "amount"),
    ("放款金额(元)", "--", "amount"),
    ("应收费用", "1E-8", "amount"),
    ("应收费用", "约--", "amount"),
    ("逾期本金", "-1.00", "negative"),
    ("逾期本金", "-0.00", "negative"),
    ("应收利息", "-1,000.00", "negative"),
    ("应收罚息", "", "amount"),
    ("应收费用", "nan", "amount"),
    ("年利率(%)", "50.0001", "rate"),
    ("年利率(%)", "18.25%%", "rate"),
    ("年利率(%)", "%", "rate"),
    ("年利率(%)", "50.0001%", "rate"),
    ("年利率(%)", "18.25001", "rate"),
    ("罚息上浮(%)", "-1", "rate"),
    ("计息基准", "366", "basis"),
    ("总期数", "0", "number"),
    ("总期数", "24.5", "number"),
    ("总期数", "24期", "number"),
    ("已还期数", "25", "number"),
    ("还款日", "32", "number"),
    ("逾期起始日", "2026-10-32", "date"),
    ("逾期起始日", "", "dpd"),
    ("逾期起始日", "2026-11-20", "dpd"),
    ("逾期天数", "1", "dpd"),
    ("逾期天数", "", "dpd"),
    ("逾期天数", "-33", "dpd"),
    ("逾期起始日", "1900-01-01", "dpd"),
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
        ("手机号码", "8619003740000", "mobile", "19003740000"),
        ("手机号码", "008619003740000", "mobile", "19003740000"),
        ("手机号码", "190-0374-0000", "mobile", "19003740000"),
        ("手机号码", "19003740000.0", "mobile", "19003740000"),
        ("手机号码", "１９００３７４００００", "mobile", "19003740000"),
        ("手机号码", "\u202d190 0374 0000\u202c", "mobile", "19003740000"),
        ("证件号码", "990101 19850101 001 0", "id_number", id_number(1)),
        ("姓名", "龙\ue863", "name", "龙䶮"),
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


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20",
        "2026/11/20",
        "20261120",
        "2026年11月20日",
        "2026-11-20 00:00:00",
        "2026-11-20 00:00:00.0",
        "2026-11-20T00:00:00",
        "2026/11/20 0:00",
        "20261120.0",
        "２０２６-１１-２０",
    ],
)
def test_dates_have_one_reading_however_they_are_exported(text):
    assert read_date(text, "") == date(2026, 11, 20)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11/20",
        "2026.11.20",
        "20-11-2026",
        "2026112",
        "2026-11-20 13:45:00",
        "2026年11月20",
        "46346",
        "",
    ],
)
def test_other_ways_to_write_a_date_are_refused(text):
    with pytest.raises(RowFault):
        read_date(text, "")


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0.00", 0),
        ("1,300.50", 130_050),
        ("12345.6", 1_234_560),
        ("7", 700),
        (".00", 0),
        (".5", 50),
        ("2882.0000", 288_200),
        ("0E-8", 0),
        ("0.00E+2", 0),
        ("2882.", 288_200),
        ("￥1,300.50", 130_050),
        ("１００.００", 10_000),
    ],
)
def test_amounts_are_read_to_the_fen(text, fen):
    assert read_amount(text, "") == fen


@pytest.mark.parametrize(
    ("text", "ppm"),
    [
        ("18.25", 182_500),
        ("18.2500", 182_500),
        ("0", 0),
        ("50", 500_000),
        ("21.90%", 219_000),
        ("21.9000000", 219_000),
        (".5", 5_000),
        ("21.9％", 219_000),
    ],
)
def test_percentages_are_read_without_rounding(text, ppm):
    assert read_percent(text, "") == ppm


@pytest.mark.parametrize("text", ["85219003740000", "190037400001", "1900374000a"])
def test_a_mobile_is_eleven_digits_of_the_mainland(text):
    with pytest.raises(RowFault):
        read_mobile(text, "")


def test_blank_and_none_mean_not_overdue():
    for none in ("", "--", "1900-01-01", "1900/1/1", "19000101", "1900-01-01 00:00:00", "—"):
        row = _judge(逾期起始日=none, 逾期天数="0", 逾期本金="0.00")
        assert (row.overdue_since_on, row.days_past_due) == (None, 0)
    assert _judge(逾期起始日="", 逾期天数="", 逾期本金="0.00").days_past_due == 0
    assert _judge(逾期起始日="", 逾期天数="--", 逾期本金="--").days_past_due == 0


def test_principal_past_due_without_a_day_since_when_is_told():
    with pytest.raises(RowFault) as fault:
        _judge(逾期起始日="", 逾期天数="0")
    assert (fault.value.code, fault.value.message) == ("dpd", MESSAGES["not_overdue"])


@pytest.mark.parametrize("born", ["20261121", "20991231", "18991231", "18001231", "20270230"])
def test_a_birth_that_cannot_be_is_a_wrong_number(born):
    first = f"990101{born}001"
    assert _fault(证件号码=first + check_digit(first)) == ("证件号码", "id_checksum")


@pytest.mark.parametrize("born", ["19000101", "20261120"])
def test_the_first_and_the_last_birth_that_can_be_are_read(born):
    first = f"990101{born}001"
    assert _judge(证件号码=first + check_digit(first)).person.id_number[6:14] == born


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("还款方式", "等额本息还款法"),
        ("还款方式", "等额本息还款"),
        ("还款方式", "等额本息法"),
        ("证件类型", "居民身份证"),
        ("证件类型", "第二代居民身份证"),
        ("总期数", "24.0"),
        ("已还期数", "8.00"),
        ("计息基准", "360.0"),
        ("应收费用", "--"),
    ],
)
def test_names_and_numbers_of_other_exports_say_the_same_row(column, text):
    assert _judge(**{column: text}) == _judge()


def test_a_remark_is_read_whatever_it_holds():
    for text in (
        '="00012345"',
        "a\n二\r\n三\t四",
        "☎️ 打过，👨\u200d👩\u200d👧 在家",
        '他说"好",好',
        "'好",
    ):
        assert _judge(备注=text).remark == text


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


@pytest.mark.parametrize(
    ("kind", "number", "expected"),
    [
        ("护照", "e12345678 ", "passport:E12345678"),
        ("回乡证", "H1234567802", "hk_macau_permit:H12345678"),
        ("台湾居民来往大陆通行证", "'12345678", "taiwan_permit:12345678"),
        ("外国人永久居留身份证", "GBR310588050601", "permanent_residence:GBR310588050601"),
    ],
)
def test_other_papers_are_read_by_their_own_form(kind, number, expected):
    assert _judge(证件类型=kind, 证件号码=number).person.id_number == expected


def test_a_number_of_another_kind_of_paper_is_told_so():
    with pytest.raises(RowFault) as caught:
        _judge(证件类型="护照")
    assert (caught.value.field, caught.value.code) == ("证件号码", "id_checksum")
    assert caught.value.message == MESSAGES["id_form"]
