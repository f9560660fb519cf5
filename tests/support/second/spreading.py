"""The principal of a plan spread by equal instalments at the plan rate."""

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from tests.support.second.contract import annuity
from tests.support.second.rounding import half_up
from tests.support.second.terms import Limits, Loan


@dataclass(frozen=True)
class PlanRate:
    """A rate a year; at the ceiling interest is rounded down, else half up."""

    annual: Fraction
    ceiling: Fraction

    def fen(self, exact: Fraction) -> int:
        """An interest in whole fen."""
        return floor(exact) if self.annual == self.ceiling else half_up(exact)

    def month(self, balance: int) -> int:
        """One month's interest."""
        return self.fen(balance * self.annual / 12)

    def first(self, balance: int, days: int, basis: int) -> int:
        """The first period's interest: a month's, or that of its days where this is lower."""
        return min(self.month(balance), self.fen(balance * self.annual * Fraction(days, basis)))


def plan_rate(loan: Loan, name: str, limits: Limits) -> PlanRate:
    """The loan's plan rate: `contract` (at most the ceiling), `half` of it, `zero`, `ceiling`."""
    contract = min(loan.annual, limits.ceiling)
    rates = {
        "contract": contract,
        "half": contract / 2,
        "zero": Fraction(0),
        "ceiling": limits.ceiling,
    }
    return PlanRate(rates[name], limits.ceiling)


def spread(principal: int, rate: PlanRate, count: int) -> list[tuple[int, int]]:
    """Principal and a month's interest of each; too small a principal is due whole at first."""
    equal, left, rows = annuity(principal, rate.annual, count), principal, []
    for _ in range(count - 1):
        interest = rate.month(left)
        rows.append((equal - interest, interest))
        left -= equal - interest
    if left < 0:
        return [(principal, rate.month(principal))] + [(0, 0)] * (count - 1)
    return [*rows, (left, rate.month(left))]
