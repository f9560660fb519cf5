"""How amounts are spread: over instalments, and between the loans of one plan."""

from collections.abc import Sequence
from typing import NamedTuple

from app.domain.loan import Method
from app.domain.money import PPM, Rate, div_half_up
from app.domain.schedule import ScheduleImpossible, amortise, monthly_interest_fen


class Bearing(NamedTuple):
    """How a plan's principal bears interest.

    `first_days` run from the start to the first due date; None where every period is a whole month.
    At a rate equal to the ceiling interest is rounded down.
    Units: ppm a year.
    """

    rate: Rate
    first_days: int | None
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
        if self.first_days is None:
            return self.month_fen(balance_fen)
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
    rows = amortise(
        principal_fen,
        bearing.rate,
        periods,
        Method.EQUAL_INSTALMENT,
        round_down=bearing.at_ceiling,
    )
    # The principal of the first row stays, so the gain is the borrower's in the first instalment.
    later = [(principal, interest) for principal, interest, _balance in rows[1:]]
    return [(rows[0][0], bearing.first_fen(principal_fen)), *later]


def spread_or_whole(
    principal_fen: int, periods: int, bearing: Bearing, *, is_alone: bool
) -> list[tuple[int, int]]:
    """Spread a principal; one too small for so many instalments is due whole with the first, where
    other loans stand beside it.

    Units:  fen.
    Raises: ScheduleImpossible where it is too small and alone.
    Source: rules part 1, several loans in one plan.
    """
    try:
        return spread_principal(principal_fen, periods, bearing)
    except ScheduleImpossible:
        if is_alone:
            raise
        whole = (principal_fen, bearing.first_fen(principal_fen))
        return [whole, *[(0, 0)] * (periods - 1)]


def split_evenly(fen: int, count: int) -> list[int]:
    """Split an amount into whole fen, rounded down, the rest on the last.

    Source: rules part 1, reamortise.
    """
    each, last = even_share(fen, count)
    return [each] * (count - 1) + [last]


def even_share(fen: int, count: int) -> tuple[int, int]:
    """Return what each part of an even split gets, and what the last one gets.

    Units:  fen.
    Source: rules part 1, reamortise.
    """
    # Never rounded up: no instalment before the last is above its even share.
    each, rest = divmod(fen, count)
    return each, each + rest


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
