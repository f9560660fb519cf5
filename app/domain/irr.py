"""The annual rate that people are shown: monthly internal rate of return, times twelve."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext

# The rules discount a first period of d days by d / 30 of a month whatever month it is, and a
# longer one as a whole month.
_MONTH_DAYS = 30
_SHOWN = Decimal("0.0001")
# Twelve digits closer than what is shown, so that no rounding of the fourth decimal depends on
# where the search began.
_CLOSE = Decimal("1e-16")
# Newton ends after some ten steps; the bound only keeps a fault from spinning for ever.
_MOST_STEPS = 200


def annual_rate(
    amount_fen: int, instalments: Sequence[int], first_period_days: int = 30
) -> Decimal:
    """Return the simple annual rate at which the instalments pay back the amount.

    Units:  fen; a fraction with four decimals, 0.1622 is 16.22 %. A first period under 30 days
            counts days / 30 months.
    Raises: ValueError when the instalments do not pay the amount back, or a first period is not
            positive.
    Source: M-05.
    """
    if (
        amount_fen <= 0
        or first_period_days <= 0
        or sum(instalments) < amount_fen
        or min(instalments) < 0
    ):
        raise ValueError("the instalments do not pay the amount back")

    with localcontext() as context:
        # The precision of decimal128. A float would give another fourth decimal on another machine,
        # and the figure is sealed in terms that are hashed.
        context.prec = 34
        first = Decimal(min(first_period_days, _MONTH_DAYS)) / _MONTH_DAYS
        monthly = _monthly_force(Decimal(amount_fen), instalments, first).exp() - 1
        return (12 * monthly).quantize(_SHOWN, rounding=ROUND_HALF_UP)


def _monthly_force(amount: Decimal, instalments: Sequence[int], first: Decimal) -> Decimal:
    """Solve for the logarithm of one month's growth; Newton on the logarithm of the value, which is
    convex in it.
    """
    # The logarithm of the value is convex in the force of interest: from zero the steps only ever
    # approach from one side, and no bracket is needed.
    force = Decimal(0)
    for _ in range(_MOST_STEPS):
        value, slope = _value_and_slope(instalments, first, force)
        step = (value / amount).ln() * value / slope
        force += step
        if abs(step) < _CLOSE:
            break

    return force


def _value_and_slope(
    instalments: Sequence[int], first: Decimal, force: Decimal
) -> tuple[Decimal, Decimal]:
    """Return today's value of the instalments and minus its derivative, by Horner's rule from the
    last one.
    """
    factor = (-force).exp()
    value = slope = Decimal(0)
    for amount in reversed(instalments):
        slope = slope * factor + value * factor
        value = value * factor + amount
    at_first = (-force * first).exp()
    return value * at_first, (slope + first * value) * at_first
