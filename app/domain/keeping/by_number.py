"""The payments of a signed plan over its loans: what each number comes to and how it stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.allocation import Components
from app.domain.keeping.standing import InstalmentStanding, InstalmentState
from app.domain.plan import summed


@dataclass(frozen=True)
class KeptPart:
    """A payment of a signed plan as it stands: number 0 is the first payment, its date moved to a
    working day.

    Units: fen; left is by component.
    """

    number: int
    due_on: date
    amount_fen: int
    paid_fen: int
    state: InstalmentState
    left: Components

    @property
    def left_fen(self) -> int:
        """Return what is still to pay of it, in fen."""
        return self.amount_fen - self.paid_fen


def by_number(instalments: Iterable[InstalmentStanding]) -> tuple[KeptPart, ...]:
    """Return the plan's own instalments added up over their loans, in the order of their numbers;
    what the contract asks beside a plan is not among them.

    Units:  fen.
    Source: rules part 1, how a signed plan is kept.
    """
    each: dict[int, list[InstalmentStanding]] = {}
    for one in instalments:
        if not one.is_regular:
            each.setdefault(one.number, []).append(one)
    return tuple(_part_of(each[number]) for number in sorted(each))


def _part_of(shares: Sequence[InstalmentStanding]) -> KeptPart:
    """Add the loans' shares of a number up; the state is the gravest that is open."""
    paid, left = sum(one.paid_fen for one in shares), summed(one.open for one in shares)
    states = {one.state for one in shares if one.left_fen}
    state: InstalmentState = "part" if paid else "coming"
    if not left.total:
        state = "paid"
    elif "missed" in states:
        state = "missed"
    elif "due" in states:
        state = "due"
    amount = sum(one.amount_fen for one in shares)
    return KeptPart(shares[0].number, shares[0].due_on, amount, paid, state, left)
