"""What is charged while a plan runs, by kind: what the words say is what its instalments hold."""

import pytest

from app.domain.money import PPM, div_half_up
from tests.support.agreements import text_of_kind, words_of

NOTHING_ELSE = "不另收利息、罚息和费用，也没有任何办理费"


@pytest.mark.parametrize(
    "kind", ["reamortise", "step_up", "later", "monthly", "catch_up", "settlement", "own_sum"]
)
def test_nothing_is_charged_that_is_not_in_the_table(kind):
    text = text_of_kind(kind)
    assert NOTHING_ELSE in words_of(text, "interest")
    fees = text["cost"]["items"][-1]
    assert (fees["item"], fees["fen"]) == ("手续费、服务费等其他费用", 0)


def test_the_low_instalments_are_named_and_are_what_the_schedule_has():
    text = text_of_kind("step_up")
    words = words_of(text, "interest")
    assert "第 1 期到第 6 期每期还 ¥500.00，先付当期的利息，余下的还本金" in words
    assert "几笔借款的本金按各自安排的本金的比例减少；从第 7 期起" in words
    amounts = [one["amount_fen"] for one in text["instalments"]]
    assert set(amounts[:6]) == {50_000}
    assert min(amounts[6:]) > 50_000


def test_what_a_deferral_by_months_costs_follows_from_its_words():
    text = text_of_kind("later")
    assert "该期本金 × 年利率 15.60% ÷ 12 × 3" in words_of(text, "interest")
    for one in text["instalments"]:
        assert one["interest_fen"] == div_half_up(one["principal_fen"] * 156_000 * 3, PPM * 12)


def test_interest_paid_every_month_meanwhile_follows_from_its_words():
    text = text_of_kind("monthly")
    words = words_of(text, "interest")
    assert "推迟的 3 个月里每月还一次利息，不还本金：剩余本金 × 年利率 15.60% ÷ 12" in words
    left = text["owed"]["principal_fen"]
    for one in text["instalments"][:3]:
        assert one["interest_fen"] == div_half_up(left * 156_000, PPM * 12)
        assert one["principal_fen"] == 0


def test_where_only_the_last_has_principal_it_bears_all_and_the_words_say_so():
    text = text_of_kind("interest_first")
    assert "没有本金的各期不加，全部在还本金的最后一期还" in words_of(text, "interest")
    assert {one["interest_fen"] for one in text["instalments"][:-1]} == {0}
    assert text["instalments"][-1]["interest_fen"] > 0


@pytest.mark.parametrize("kind", ["later", "monthly"])
def test_a_deferral_waives_nothing_and_bears_no_penalty(kind):
    text = text_of_kind(kind)
    assert text["waived"] == []
    assert text["sums"]["penalty_fen"] == 0
    assert "推迟期间不计罚息" in words_of(text, "interest")


def test_the_cost_of_a_deferral_holds_the_contracts_interest_that_its_rate_tells():
    text = text_of_kind("later")
    assert text["cost"]["items"][0]["fen"] == (
        text["sums"]["interest_fen"] + text["sums"]["old_interest_fen"]
    )


def test_a_catch_up_bears_nothing_and_names_the_contracts_rate_beside():
    text = text_of_kind("catch_up")
    words = words_of(text, "interest")
    assert text["plan_interest_fen"] == 0
    assert text["annual_rate_ppm"] == 0
    assert "在方案期间不计利息、不计罚息" in words
    assert "照常的各期按原合同计息，原合同年利率 15.60%" in words


def test_nothing_accrues_to_the_day_of_a_settlement():
    words = words_of(text_of_kind("settlement"), "interest")
    assert "从 2026年11月20日 到约定的还款日不计利息、不计罚息" in words
