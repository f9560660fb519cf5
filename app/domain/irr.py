"""The annual rate that people are shown: monthly internal rate of return, times twelve."""

from collections.abc import Sequence
from decimal import Decimal


def annual_rate(amount_fen: int, instalments: Sequence[int], first_period_days: int = 30) -> Decimal:
    """Return the simple annual rate at which the instalments pay back the amount.

    Units:  fen; a fraction with four decimals, 0.1622 is 16.22 %. A first period under 30 days counts days / 30 months.
    Raises: ValueError when the instalments do not pay the amount back, or a first period is not positive.
    Source: M-05.
    """
    raise NotImplementedError
