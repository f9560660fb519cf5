"""What is waived, when it is earned and when alone it comes back."""

import pytest

from tests.support.agreements import text_of_kind, words_of


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("reamortise", "按本方案全部还完（提前还清也算），减免罚息 ¥17.75"),
        ("several", "每笔借款各减免多少，列在“每笔借款”里"),
        ("settlement", "按约定的日子一次还清（宽限期内、收到通知后 10 天内还清的也算）"),
        ("own_sum", "减免罚息 ¥156.61、利息 ¥985.79、费用 ¥30.00、本金 ¥6,269.08，共 ¥7,441.48"),
    ],
)
def test_the_condition_and_each_component_are_named(kind, said):
    words = words_of(text_of_kind(kind), "waiver")
    assert said in words
    assert "只有方案因没按时还而终止，才恢复计收" in words
    assert "变更方案、转让借款或者我们的原因，都不影响减免" in words


def test_the_waiver_of_an_own_sum_is_what_the_sum_needs():
    text = text_of_kind("own_sum")
    assert text["total_fen"] == 1_200_000
    assert sum(one["fen"] for one in text["waived"]) == text["payoff_fen"] - 1_200_000
    assert [one["component"] for one in text["waived"]] == [
        "penalty",
        "interest",
        "fee",
        "principal",
    ]
    assert {one["condition"] for one in text["waived"]} == {"paid_in_time"}
