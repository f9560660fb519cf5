"""Rounding and sharing of whole fen."""

from collections.abc import Sequence
from fractions import Fraction
from math import floor


def half_up(exact: Fraction) -> int:
    """The nearest whole fen; a tie goes up."""
    return floor(exact + Fraction(1, 2))


def split_evenly(total: int, parts: int) -> list[int]:
    """The same whole fen to each part, rounded down; the last takes the rest."""
    each = total // parts
    return [each] * (parts - 1) + [total - each * (parts - 1)]


def share(total: int, weights: Sequence[int], caps: Sequence[int]) -> list[int]:
    """In proportion, rounded down, never above a cap; odd fen to the first, then the next."""
    whole = sum(weights) or 1
    got = [min(total * weight // whole, cap) for weight, cap in zip(weights, caps, strict=True)]
    odd = total - sum(got)
    for place, cap in enumerate(caps):
        more = min(odd, cap - got[place])
        got[place] += more
        odd -= more
    if odd:
        raise ValueError("more to share than the caps hold")
    return got
