"""The bar on the case page: in proportion, and never out of its frame."""

import pytest

from app.domain.affordability import affordability_of
from app.web.admin.affordability_bar import WIDTH, bar_of
from tests.domain.examples import POLICY


def bar(income, essential, plan):
    return bar_of(
        affordability_of(POLICY, income_fen=income, essential_fen=essential, plan_fen=plan)
    )


@pytest.mark.parametrize(
    ("income", "essential", "plan"),
    [(500_000, 300_000, 100_000), (500_000, 300_000, 250_000), (200_000, 300_000, 1), (0, 0, 0)],
)
def test_the_bar_never_leaves_its_frame(income, essential, plan):
    found = bar(income, essential, plan)
    assert 0 <= found.x_plan
    assert found.w_plan >= 1
    assert found.w_left >= 0
    assert found.x_plan + found.w_plan + found.w_left <= WIDTH + 1  # a plan of nothing is a line


def test_where_all_is_told_the_bar_is_in_proportion():
    found = bar(400_000, 200_000, 100_000)
    assert (found.x_plan, found.w_plan, found.w_left, found.x_target) == (200, 100, 100, 300)
