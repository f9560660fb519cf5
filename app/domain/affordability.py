"""Whether a plan is affordable: how it fits a month's income and essential spending."""

from dataclasses import dataclass

from app.domain.policy import Policy, share_of_surplus
from app.domain.policy import target_fen as target_of


@dataclass(frozen=True)
class Affordability:
    """A month's income, essential spending, the plan's highest instalment and the target share of
    what is left.

    Units: fen a month.
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
    def share(self) -> str | None:
        """Return the highest instalment's share of the surplus, as everywhere; None where there is
        no surplus.
        """
        return share_of_surplus(self.plan_fen, self.surplus_fen)

    @property
    def is_within_target(self) -> bool:
        """Whether the plan takes no more than the policy's share of the surplus."""
        return self.plan_fen <= self.target_fen


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
