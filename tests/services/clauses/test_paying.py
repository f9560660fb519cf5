"""The order in which money is used, between loans of one date and beside a running contract."""

import pytest

from tests.support.agreements import text_of_kind, words_of


@pytest.mark.parametrize("kind", ["reamortise", "later", "settlement", "several", "catch_up"])
def test_the_oldest_instalment_first_and_inside_it_by_component(kind):
    assert words_of(text_of_kind(kind), "order").startswith(
        "每次还的钱，先还到期早的那一期；同一期里，先还费用，再还罚息，再还利息，再还方案期间的利息，再还本金。"
    )


def test_loans_of_one_date_are_paid_in_proportion_and_odd_fen_in_the_printed_order():
    words = words_of(text_of_kind("step_up"), "order")
    assert "按各笔那一天还没还的金额的比例分，算到分，分以下舍去" in words
    assert "零头依次归 JJ2025091800002、JJ2025091800001（" in words
    assert "每笔不超过它没还的" in words


@pytest.mark.parametrize("kind", ["reamortise", "later", "catch_up", "settlement"])
def test_one_loan_needs_no_proportion(kind):
    text = text_of_kind(kind)
    assert "比例" not in words_of(text, "order")
    assert words_of(text, "loans") == ""


def test_a_catch_ups_part_comes_before_the_contracts_of_the_same_day():
    assert "先还本方案的，再还原合同的" in words_of(text_of_kind("catch_up"), "order")


def test_what_several_loans_share_is_said_with_their_number():
    words = words_of(text_of_kind("several"), "loans")
    assert "本方案把 3 笔借款放在一起还" in words
    assert "每一笔各算各的" in words
