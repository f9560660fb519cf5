"""What a line says in words: references in any of its texts, numbers of loans, names."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.references import reference_of
from app.domain.repayments.row import RepaymentRow
from app.domain.repayments.words import name_key, payer_name, said_in, wanted_by

ROW = RepaymentRow("银行卡", "LS1", date(2026, 11, 25), date(2026, 11, 26), 94_344)


def _said(**texts):
    return said_in(replace(ROW, **texts))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("张洋", "张洋"),
        (" 张　洋 ", "张洋"),
        ("张洋AH-00318-6", "张洋"),
        ("AH003186 张洋", "张洋"),
        ("张洋（个人）", "张洋"),
        ("支付宝-张洋", "张洋"),
        ("微信支付 张洋 还款", "张洋"),
        ("阿依古丽·买买提", "阿依古丽买买提"),
        ("阿依古丽．买买提", "阿依古丽买买提"),
        ("付强", "付强"),
        ("代文还款", "代文"),
        ("zhang yang", "ZHANGYANG"),
        ("*洋", ""),
        ("张＊洋", ""),
        ("张洋，李娜", ""),
        ("AH-00318-6", ""),
        ("6222020000005512", ""),
        ("", ""),
    ],
)
def test_a_payers_one_name_is_found_in_what_banks_write(text, name):
    assert payer_name(text) == name


def test_names_are_compared_without_width_blanks_and_dots():
    assert name_key("阿依古丽 · 买买提") == name_key("阿依古丽·买买提") == "阿依古丽买买提"
    assert name_key("ｚhang") == "ZHANG"


@pytest.mark.parametrize("field", ["remark", "payer", "loan_ref"])
def test_a_reference_is_read_in_any_text(field):
    read = _said(**{field: "ＡＨ００３１８６"}).references.right
    assert [(one.number, one.form) for one in read] == [("AH-00318", "whole")]


def test_of_two_ways_of_writing_one_the_surest_counts():
    read = _said(remark="003186", payer="AH-00318-6").references.right
    assert [(one.number, one.form) for one in read] == [("AH-00318", "whole")]


@pytest.mark.parametrize(
    ("remark", "number"),
    [
        ("JJ26170000027", "JJ26170000027"),
        ("借据JJ26170000027还款", "JJ26170000027"),
        ("ｊｊ２６１７００００027", "JJ26170000027"),
        ("JJ 2617 0000 027", "JJ26170000027"),
        ("JJ-2617-027 请查收", "JJ-2617-027"),
        ("JJ2617000002711月", "JJ26170000027"),
        ("20261120000000012345", "20261120000000012345"),
        ("还 00012345 谢谢", "00012345"),
    ],
)
def test_numbers_of_loans_are_found_however_they_are_grouped(remark, number):
    assert number in _said(remark=remark).typed


@pytest.mark.parametrize("remark", ["", "还款", "11月", "AH-3", "LOAN", "12345"])
def test_too_little_is_no_number(remark):
    assert _said(remark=remark).typed == ()


@pytest.mark.parametrize(
    ("remark", "named"),
    [
        ("替张洋还款", ("替张洋", "张洋")),
        ("张洋 11月还款", ("张洋",)),
        ("还贷款", ()),
        ("这是一句很长的话不是名字", ()),
    ],
)
def test_who_is_named_in_the_remark(remark, named):
    assert _said(remark=remark).named == named


def test_a_batch_asks_for_everything_once():
    twin = reference_of("AH-00903")
    lines = [_said(remark="AH-00381-6", payer="张洋"), _said(loan_ref="JJ1", remark=twin)]
    wanted = wanted_by(lines)
    # What may be meant by a slip, and what Luhn does not tell from it.
    assert {"AH-00318", "AH-00381", "AH-00903", "AH-09003"} <= wanted.plans
    assert wanted.names == {"张洋"}
    assert "JJ1" in wanted.loans


@given(
    st.text(), st.text(), st.text(), st.text("AaHhJj安还替0123456789 -－月期*·张洋", max_size=60)
)
def test_no_words_stop_the_reader(payer, loan_ref, remark, typed):
    wanted_by(
        [_said(payer=payer, loan_ref=loan_ref, remark=remark), _said(remark=typed, payer=typed)]
    )
