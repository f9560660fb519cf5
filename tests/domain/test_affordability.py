"""Whether a plan is affordable: edges where nothing is left."""

import pytest

from app.domain.affordability import affordability_of
from tests.domain.examples import POLICY


def fit(income, essential, plan):
    return affordability_of(POLICY, income_fen=income, essential_fen=essential, plan_fen=plan)


@pytest.mark.parametrize(
    ("income", "essential", "plan", "left", "share", "within"),
    [
        (500_000, 300_000, 100_000, 100_000, "50.0%", True),
        (500_000, 300_000, 100_001, 99_999, "50.1%", False),  # a fen over half is told as more
        (500_000, 300_000, 200_000, 0, "100.0%", False),
        (500_000, 300_000, 250_000, -50_000, "125.0%", False),
        (300_000, 300_000, 1, -1, None, False),
        (0, 0, 0, 0, None, True),
        (200_000, 300_000, 50_000, -150_000, None, False),
    ],
)
def test_what_is_left_and_the_share_of_it(income, essential, plan, left, share, within):
    found = fit(income, essential, plan)
    assert (found.left_fen, found.share, found.is_within_target) == (left, share, within)
