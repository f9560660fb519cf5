"""The annual rate that people are shown: monthly internal rate of return, times twelve."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext

# The rules discount a first period of d days by d / 30 of a month's rate whatever month it is, and
# a longer one as a whole month.
_MONTH_DAYS = 30
_SHOWN = Decimal("0.0001")
# Newton doubles the digits with each step: what is left after one below this is below 1e-16 for up
# to a hundred instalments, twelve digits closer than what is shown, so that no rounding of the
# fourth decimal depends on where the search began.
_CLOSE = Decimal("1e-9")
# Newton ends after some ten steps; the bound only keeps a fault from spinning for ever.
_MOST_STEPS = 200
NO_RATE = Decimal("0.0000")


def annual_rate(
    amount_fen: int, instalments: Sequence[int], first_period_days: int = 30
) -> Decimal:
    """Return the simple annual rate at which the instalments pay back the amount.

    Units:  fen; a fraction with four decimals, 0.1622 is 16.22 %. A first period of d < 30 days
            discounts by 1 + i x d / 30, later ones by 1 + i.
    Raises: ValueError when the instalments do not pay the amount back, or the first period is
            negative.
    Source: M-05; rules part 1, annual rate of the kinds.
    """
    if (
        amount_fen <= 0
        or first_period_days < 0
        or sum(instalments) < amount_fen
        or min(instalments) < 0
    ):
        raise ValueError("the instalments do not pay the amount back")

    with localcontext() as context:
        # The precision of decimal128. A float would give another fourth decimal on another machine,
        # and the figure is sealed in terms that are hashed.
        context.prec = 34
        first = Decimal(min(first_period_days, _MONTH_DAYS)) / _MONTH_DAYS
        monthly = _monthly_rate(Decimal(amount_fen), instalments, first)
        return (12 * monthly).quantize(_SHOWN, rounding=ROUND_HALF_UP)


def _monthly_rate(amount: Decimal, instalments: Sequence[int], first: Decimal) -> Decimal:
    """Solve for the month's rate; Newton on the value, which falls and is convex in it."""
    # From zero, where the value is highest, the steps only ever approach from below: no bracket is
    # needed.
    rate = Decimal(0)
    for _ in range(_MOST_STEPS):
        value, slope = _value_and_slope(instalments, first, rate)
        if not slope:
            break
        step = (value - amount) / slope
        rate += step
        if abs(step) < _CLOSE:
            break

    return rate


def _value_and_slope(
    instalments: Sequence[int], first: Decimal, rate: Decimal
) -> tuple[Decimal, Decimal]:
    """Return today's value of the instalments and minus its derivative, by Horner's rule from the
    last one.
    """
    factor = 1 / (1 + rate)
    value = slope = Decimal(0)
    for amount in reversed(instalments):
        slope = (slope + value * factor) * factor
        value = value * factor + amount
    at_first = 1 / (1 + rate * first)
    return value * at_first, (slope + value * first * at_first) * at_first
