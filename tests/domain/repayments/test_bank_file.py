"""A made bank file with ten kinds of human error: what bears one trait is matched alone, nothing
else is, and nothing goes to the wrong plan.
"""

import os
from collections import Counter

import pytest

from app.domain.repayments.deciding import Matched, match_all
from tests.support.bank_lines import TODAY, BankMaker

SEEDS = range(20)
# Ten thousand lines over all the seeds; BANK_LINES=10000 makes as many for each.
LINES = int(os.environ.get("BANK_LINES", "500"))
LEAST_MATCHED_PERCENT = 98


@pytest.fixture(scope="module")
def decided():
    """Every line of every seed with what was decided."""
    found = []
    for seed in SEEDS:
        maker = BankMaker(seed)
        lines = maker.lines(LINES)
        rows = [line.row for line in lines]
        verdicts = match_all(rows, maker.lender, today=TODAY, most_days=10)
        found += zip(lines, verdicts, strict=True)
    return found


def test_no_money_goes_to_the_wrong_plan_or_loan(decided):
    matched = [(line, one) for line, one in decided if isinstance(one, Matched)]
    assert len(matched) > LINES * len(SEEDS) // 2
    assert [pair for pair in matched if pair[1].destination != pair[0].truth] == []


def test_lines_that_bear_a_trait_are_matched_alone(decided):
    verdicts = [isinstance(one, Matched) for line, one in decided if line.bears]
    assert len(verdicts) > LINES * len(SEEDS) // 2
    assert sum(verdicts) * 100 >= len(verdicts) * LEAST_MATCHED_PERCENT


def test_lines_that_bear_none_stay_unmatched_with_at_most_three_suggestions(decided):
    others = [(line, one) for line, one in decided if not line.bears]
    assert len(others) > LINES * len(SEEDS) // 10
    assert [pair for pair in others if isinstance(pair[1], Matched)] == []
    assert all(len(one.suggestions) <= 3 for _, one in others)


def test_the_first_suggestion_is_mostly_right_where_there_is_anything_to_go_by(decided):
    told = [
        (line.truth, [one.destination for one in verdict.suggestions])
        for line, verdict in decided
        if line.truth and not isinstance(verdict, Matched) and verdict.suggestions
    ]
    assert sum(truth == ends[0] for truth, ends in told) * 100 >= len(told) * 80
    assert sum(truth in ends for truth, ends in told) * 100 >= len(told) * 95


def test_every_kind_of_error_is_made_and_most_bear_a_trait_in_some_lines(decided):
    kinds = Counter((line.kind, line.bears) for line, _ in decided)
    assert {kind for kind, _ in kinds} == set(BankMaker(0).kinds)
    assert {kind for kind, bears in kinds if not bears} >= {
        "swapped",
        "spouse",
        "two_in_one",
        "fee_off",
        "old_reference",
        "loan_number",
        "nothing",
    }
