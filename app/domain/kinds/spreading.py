"""How amounts are spread: over instalments, and between the loans of one plan."""

from collections.abc import Sequence
from typing import NamedTuple

from app.domain.loan import Method
from app.domain.money import PPM, Rate, div_half_up
from app.domain.schedule import amortise, monthly_interest_fen


class Bearing(NamedTuple):
    """How a plan's principal bears interest.

    `first_days` run from the start to the first due date. At a rate equal to the ceiling interest
    is rounded down.
    Units: ppm a year.
    """

    rate: Rate
    first_days: int
    day_basis: int
    at_ceiling: bool

    def month_fen(self, balance_fen: int) -> int:
        """Return a month's interest, in fen.

        Source: rules part 1, at the ceiling.
        """
        return monthly_interest_fen(balance_fen, self.rate, round_down=self.at_ceiling)

    def first_fen(self, balance_fen: int) -> int:
        """Return the first period's interest, in fen: the lower of a month's and that of its days.

        Source: rules part 1, reamortise.
        """
        over = balance_fen * self.rate.numerator * self.first_days
        under = PPM * self.day_basis * self.rate.denominator
        by_days = over // under if self.at_ceiling else div_half_up(over, under)
        return min(self.month_fen(balance_fen), by_days)


def spread_principal(principal_fen: int, periods: int, bearing: Bearing) -> list[tuple[int, int]]:
    """Return principal and plan interest of every instalment of a plan, by equal instalments.

    Units:  fen.
    Raises: ScheduleImpossible.
    Source: rules part 1, reamortise.
    """
    rows = later_instalments(principal_fen, periods, bearing)
    # The principal of the row stays, so the gain is the borrower's in the first instalment.
    return [(rows[0][0], bearing.first_fen(principal_fen)), *rows[1:]]


def later_instalments(principal_fen: int, periods: int, bearing: Bearing) -> list[tuple[int, int]]:
    """Return principal and plan interest of equal instalments over whole months.

    Units:  fen.
    Raises: ScheduleImpossible.
    Source: rules part 1, step_up.
    """
    rows = amortise(
        principal_fen,
        bearing.rate,
        periods,
        Method.EQUAL_INSTALMENT,
        round_down=bearing.at_ceiling,
    )
    return [(principal, interest) for principal, interest, _balance in rows]


def split_evenly(fen: int, count: int) -> list[int]:
    """Split an amount into whole fen, rounded down, the rest on the last.

    Source: rules part 1, reamortise.
    """
    # Never rounded up: no instalment before the last is above its even share.
    each, rest = divmod(fen, count)
    return [each] * (count - 1) + [each + rest]


def share(fen: int, weights: Sequence[int], limits: Sequence[int] | None = None) -> list[int]:
    """Share an amount between loans in proportion, rounded down, none above its limit; odd fen go
    to the first ones, who are the longest overdue.

    Units:  fen; limits default to the weights.
    Raises: ValueError for more than the limits can take.
    Source: rules part 1, several loans in one plan.
    """
    limits = weights if limits is None else limits
    if not 0 <= fen <= sum(limits):
        raise ValueError(f"{fen} shared between {list(limits)}")

    whole = sum(weights)
    shares = [
        min(fen * weight // whole, limit) if whole else 0
        for weight, limit in zip(weights, limits, strict=True)
    ]
    odd = fen - sum(shares)
    for place, limit in enumerate(limits):
        more = min(odd, limit - shares[place])
        shares[place] += more
        odd -= more
    return shares
