"""Whether a plan is affordable, as the bar on the case page shows it. Pure."""

from dataclasses import dataclass

from app.domain.money import div_half_up
from app.domain.policy import Policy
from app.domain.policy import target_fen as target_of

WIDTH = 400


@dataclass(frozen=True)
class Affordability:
    """A month's income, essential spending, the plan's highest instalment and the target share of
    what is left.

    Units: fen a month; x_… and w_… are places and widths of a bar of WIDTH units.
    """

    income_fen: int
    essential_fen: int
    plan_fen: int
    target_fen: int

    @property
    def surplus_fen(self) -> int:
        """Return income less essential spending; below zero where spending is more."""
        return self.income_fen - self.essential_fen

    @property
    def left_fen(self) -> int:
        """Return what is left after the plan; below zero where it does not fit."""
        return self.surplus_fen - self.plan_fen

    @property
    def share_percent(self) -> int | None:
        """Return the plan's share of the surplus in whole percent, rounded up; None where there is
        no surplus.
        """
        return -(-self.plan_fen * 100 // self.surplus_fen) if self.surplus_fen > 0 else None

    @property
    def is_within_target(self) -> bool:
        """Whether the plan takes no more than the policy's share of the surplus."""
        return self.plan_fen <= self.target_fen

    @property
    def x_plan(self) -> int:
        """Return where the plan begins: after essential spending."""
        return self._place(self.essential_fen)

    @property
    def w_plan(self) -> int:
        """Return how wide the plan is."""
        return max(1, self._place(self.essential_fen + self.plan_fen) - self.x_plan)

    @property
    def w_left(self) -> int:
        """Return how wide the rest is."""
        return max(0, self._place(self.income_fen) - self.x_plan - self.w_plan)

    @property
    def x_target(self) -> int:
        """Return where the target share ends."""
        return self._place(self.essential_fen + self.target_fen)

    def _place(self, fen: int) -> int:
        return div_half_up(fen * WIDTH, max(self.income_fen, self.essential_fen + self.plan_fen, 1))


def affordability_of(
    policy: Policy, *, income_fen: int, essential_fen: int, plan_fen: int
) -> Affordability:
    """Return how a plan fits what was told of income and essential spending.

    Units:  fen.
    Source: default policy, affordability.
    """
    return Affordability(
        income_fen, essential_fen, plan_fen, target_of(policy, income_fen - essential_fen)
    )
