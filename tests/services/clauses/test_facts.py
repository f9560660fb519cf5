"""How what is so of each loan, and what is waived of it, is written."""

import pytest

from app.domain.plan_terms import Waiver
from app.services.clauses.facts import waived_words
from tests.support.agreements import text_of_kind, words_of


@pytest.mark.parametrize(
    ("waivers", "expected"),
    [
        ((("penalty", 1_775),), "罚息 ¥17.75（人民币壹拾柒元柒角伍分）"),
        (
            (("penalty", 100), ("principal", 250)),
            "罚息 ¥1.00、本金 ¥2.50，共 ¥3.50（人民币叁元伍角整）",
        ),
    ],
)
def test_a_sum_is_written_out_where_several_components_make_it(waivers, expected):
    found = tuple(Waiver(component, fen, "kept_to_end") for component, fen in waivers)
    assert waived_words(found) == expected


def test_a_rate_is_written_once_where_all_loans_have_it_and_by_loan_where_not():
    assert "年利率 15.60%（单利）" in words_of(text_of_kind("step_up"), "interest")
    words = words_of(text_of_kind("several"), "interest")
    same = "15.60%（借据号 JJ2025091800002 JJ2025091800001）、18.25%（借据号 JJ2025091800003）"
    assert f"按剩余本金计息，年利率 {same}（单利）" in words
    assert f"原合同年利率 {same}。" in words
    assert "一年按 360 天（借据号 JJ2025091800002 JJ2025091800001）、365 天（" in words
