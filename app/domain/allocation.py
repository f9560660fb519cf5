"""Which part of a debt a payment settles first."""

from collections.abc import Sequence
from typing import NamedTuple


class Components(NamedTuple):
    """An amount by what it is for.

    Units: fen.
    """

    fee_fen: int = 0
    penalty_fen: int = 0
    interest_fen: int = 0
    principal_fen: int = 0

    @property
    def total(self) -> int:
        """Return the sum of the parts, in fen."""
        return sum(self)


# Places in Components. The law's order where nothing is agreed is fee, penalty, interest, principal
# (M-07).
_ORDER = (0, 1, 2, 3)
# A contract may set principal first once a loan is past due for more than so many days. The number
# is in the contract's own clause and therefore not in the policy (M-09).
PRINCIPAL_FIRST_OVER_DAYS = 90
_PRINCIPAL_FIRST = (3, 0, 1, 2)


def allocate(amount: int, owed: Components, principal_first: bool = False) -> Components:
    """Split a payment over fee, penalty, interest and principal, in that order; what is left over
    is in none.

    Units:  fen.
    Raises: ValueError when the amount or a part owed is negative.
    Source: M-07, M-09.
    """
    return allocate_each(amount, (owed,), principal_first)[0]


def allocate_each(
    amount: int, owed: Sequence[Components], principal_first: bool = False
) -> tuple[Components, ...]:
    """Split a payment over instalments given oldest first: by component, the oldest instalment
    first inside each.

    Units:  fen.
    Raises: ValueError when the amount or a part owed is negative.
    Source: M-07, M-09.
    """
    if amount < 0 or any(part < 0 for one in owed for part in one):
        raise ValueError("a payment and what is owed are never negative")

    paid = [[0, 0, 0, 0] for _ in owed]
    # Component is the outer loop and age the inner one: a fee of the newest instalment is paid
    # before a penalty of the oldest, as the order of the contract says.
    for part in _PRINCIPAL_FIRST if principal_first else _ORDER:
        for mine, one in zip(paid, owed, strict=True):
            mine[part] = min(amount, one[part])
            amount -= mine[part]

    return tuple(Components(*mine) for mine in paid)
