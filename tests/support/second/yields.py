"""The annual rate shown to people: monthly internal rate x 12, exact to the fourth decimal."""

from collections.abc import Sequence
from fractions import Fraction

TEN_THOUSANDTH = Fraction(1, 10_000)


def present_value(annual: Fraction, flows: Sequence[int], first_days: int) -> Fraction:
    """What the monthly flows are worth at the start; a short first period discounts simply."""
    monthly = annual / 12
    part = Fraction(first_days, 30) if first_days < 30 else Fraction(1)
    worth = Fraction(0)
    for amount in reversed(flows[1:]):
        worth = (worth + amount) / (1 + monthly)
    return (worth + flows[0]) / (1 + monthly * part) if flows else worth


def annual_rate(present: int, flows: Sequence[int], first_days: int = 30) -> Fraction:
    """The rate at which the flows are worth `present`, half up to four decimals, at least 0."""
    if present <= 0 or sum(flows) <= present:
        return Fraction(0)

    def reaches(steps: int) -> bool:
        """True where the rate is at least (steps - 1/2) ten thousandths."""
        rate = (steps - Fraction(1, 2)) * TEN_THOUSANDTH
        return present_value(rate, flows, first_days) >= present

    low, high = 0, 1
    while reaches(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if reaches(middle) else (low, middle)
    return low * TEN_THOUSANDTH


def as_text(rate: Fraction) -> str:
    """A rate with its four decimals, as the command prints it."""
    steps = int(rate / TEN_THOUSANDTH)
    return f"{steps // 10_000}.{steps % 10_000:04d}"
