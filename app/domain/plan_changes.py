"""What is known of a signed plan that another takes the place of when that one is judged."""

from typing import NamedTuple


class PlanChange(NamedTuple):
    """Whether the signed plan took the place of another itself, and whether it was a settlement."""

    is_again: bool = False
    is_settlement: bool = False
