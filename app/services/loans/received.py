"""The money that came for a signed plan as its borrower sees it: when, how much, for what. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.domain.keeping.account import MoneyIn, MoneyNumber
from app.domain.keeping.standing import CoveredPart, PaymentStanding


@dataclass(frozen=True)
class ReceivedMoney:
    """A payment with what of it covered which instalment, the earliest first; `is_taken_back` by
    its channel or because it was laid on this plan by mistake.

    Units: fen; `number` is its own in the account; ahead lies for later instalments, credit is the
           borrower's again.
    """

    number: MoneyNumber
    paid_on: date
    fen: int
    covered: tuple[CoveredPart, ...]
    credit_fen: int
    is_taken_back: bool

    @property
    def ahead_fen(self) -> int:
        """Return what of it lies ahead, in fen."""
        if self.is_taken_back:
            return 0
        return self.fen - sum(one.fen for one in self.covered) - self.credit_fen

    @property
    def by_instalment(self) -> dict[int, tuple[CoveredPart, ...]]:
        """Return what it covered by instalment; number 0 is the first payment."""
        found: dict[int, tuple[CoveredPart, ...]] = {}
        for one in self.covered:
            found[one.number] = (*found.get(one.number, ()), one)
        return dict(sorted(found.items()))


def received(
    money: Iterable[MoneyIn], payments: Iterable[PaymentStanding], *, until: date
) -> tuple[ReceivedMoney, ...]:
    """Return what came for a plan up to a day, the latest first; what takes money back shows at
    what it takes back.
    """
    every = [one for one in money if one.paid_on <= until]
    back = {one.reverses for one in every if one.reverses is not None}
    laid = {one.number: one for one in payments}
    found = []
    for one in every:
        if one.reverses is not None:
            continue
        gone, stands = one.number in back, laid.get(one.number)
        covered = () if gone or stands is None else stands.covered
        credit = 0 if gone or stands is None else stands.credit_fen
        found.append(ReceivedMoney(one.number, one.paid_on, one.fen, covered, credit, gone))
    return tuple(sorted(found, key=lambda one: one.paid_on, reverse=True))
