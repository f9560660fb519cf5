"""What one plan asks by day and product, what of it came, its waivers: by where it stands. Pure."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from app.domain.keeping.account import Account
from app.domain.keeping.standing import PlanStanding
from app.domain.states import REPLACED


class DuesKey(NamedTuple):
    """A day and a product."""

    due_on: date
    product: str


class DuesSums(NamedTuple):
    """What was asked and what came, waivers promised, earned and lapsed. Units: fen."""

    due_fen: int = 0
    received_fen: int = 0
    promised_fen: int = 0
    earned_fen: int = 0
    lapsed_fen: int = 0

    def plus(self, other: "DuesSums", sign: int = 1) -> "DuesSums":
        """Return both together, or what this is more than the other."""
        return DuesSums(*(mine + sign * one for mine, one in zip(self, other, strict=True)))


Lines = Mapping[DuesKey, DuesSums]


def lines_of(account: Account, stands: PlanStanding, products: Mapping[str, str]) -> Lines:
    """Return what a plan asks on each moved due date; products by 借据号. What money ahead covers
    counts as received. After a break it is what the contract asks.

    Units:  fen. Waivers stand on the day of the signature, of completion or of the break.
    Source: rules part 1, how a signed plan is kept.
    """
    found: dict[DuesKey, DuesSums] = defaultdict(DuesSums)
    for one in stands.instalments:
        key = DuesKey(one.due_on, products[one.ref])
        found[key] = found[key].plus(DuesSums(one.amount_fen, one.paid_fen))
    # What a replaced plan promised went over: its successor promises it.
    for kept in account.plan.loans if stands.state != REPLACED else ():
        fen = sum(one.fen for one in kept.waivers)
        for day, sums in (
            (account.plan.signed_on, DuesSums(promised_fen=fen)),
            (stands.completed_on, DuesSums(earned_fen=fen)),
            (stands.broken_on, DuesSums(lapsed_fen=fen)),
        ):
            if fen and day is not None:
                key = DuesKey(day, products[kept.ref])
                found[key] = found[key].plus(sums)
    return {key: sums for key, sums in found.items() if any(sums)}
