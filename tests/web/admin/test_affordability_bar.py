"""Where the parts of the bar of a month lie."""

import pytest

from app.domain.affordability import Affordability
from app.web.admin.affordability_bar import WIDTH, AffordabilityBar, bar_of


@pytest.mark.parametrize(
    ("income", "essential", "plan", "target", "bar"),
    [
        (400_000, 100_000, 100_000, 150_000, AffordabilityBar(100, 100, 200, 250)),
        (400_000, 100_000, 300_000, 150_000, AffordabilityBar(100, 300, 0, 250)),
        (300_000, 200_000, 200_000, 50_000, AffordabilityBar(200, 200, 0, 250)),  # too much
        (400_000, 100_000, 1, 150_000, AffordabilityBar(100, 1, 299, 250)),  # still to be seen
        (0, 0, 0, 0, AffordabilityBar(0, 1, 0, 0)),
    ],
)
def test_the_parts_follow_each_other(income, essential, plan, target, bar):
    drawn = bar_of(Affordability(income, essential, plan, target))
    assert drawn == bar
    assert drawn.x_plan + drawn.w_plan + drawn.w_left <= WIDTH
