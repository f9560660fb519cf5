"""A broken plan's contract on a day: money laid on it, never dearer than without a plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from app.domain.allocation import Components
from app.domain.keeping.account import MoneyIn, MoneyNumber, in_order
from app.domain.keeping.contract_back import ContractAgain, at_start, split
from app.domain.keeping.missing import Walked
from app.domain.keeping.money_run import money_days


@dataclass(frozen=True, slots=True)
class BackAgain:
    """The contracts of a broken plan at the end of a day, in the order of the plan's loans."""

    contracts: tuple[ContractAgain, ...]


class _Side:
    """The contracts as they come back, or as they would be had no plan been made."""

    def __init__(self, walked: Walked, penalty_from: date, *, is_net: bool) -> None:
        account = walked.ground.account
        self.contracts = []
        for kept in account.plan.loans:
            if kept.contract is None:
                raise ValueError(f"{kept.ref} has no contract")
            one = ContractAgain(
                kept,
                kept.contract,
                start_on=account.plan.start_on,
                penalty_from=penalty_from,
                ceiling=account.ceiling_ppm,
            )
            one.begin_with(at_start(kept, account.plan.start_on)[is_net])
            self.contracts.append(one)
        self.shares: dict[MoneyNumber, Sequence[int]] = {}

    def to(self, day: date) -> None:
        for one in self.contracts:
            one.accrue(day)
            one.fall_due(day)

    def receive(self, number: MoneyNumber, shares: Sequence[int], day: date) -> None:
        self.shares[number] = shares
        for one, fen in zip(self.contracts, shares, strict=True):
            if fen:
                one.receive(number, fen, day)

    def again(self, money: Sequence[MoneyIn], day: date) -> None:
        """Lay everything anew after a reversal; the penalty that ran meanwhile stays."""
        for one in self.contracts:
            one.ahead, one.covers = [], []
            for row in one.rows:
                row.paid = [0, 0, 0, 0]
        for came in money:
            for one in self.contracts:
                one.fall_due(came.paid_on)
            self.receive(came.number, self.shares[came.number], came.paid_on)
        for one in self.contracts:
            one.fall_due(day)


def contracts_back(walked: Walked, as_of: date) -> BackAgain | None:
    """Return the contracts of a broken plan at the end of a day; None where the account has none.

    Source: rules part 1, how a signed plan is kept: after a break.
    """
    account, broken_on = walked.ground.account, walked.broken_on
    if broken_on is None or any(one.contract is None for one in account.plan.loans):
        return None

    sides = (
        _Side(walked, broken_on, is_net=True),
        _Side(walked, account.plan.start_on, is_net=False),
    )
    _run(sides, walked, as_of)
    for mine, without in zip(*(side.contracts for side in sides), strict=True):
        owed = without.owed(as_of)
        charged = owed.fee_fen + owed.penalty_fen + owed.interest_fen
        most = owed.total - min(without.excess_fen(as_of), charged) - _ahead(without)
        mine.take_off(max(0, mine.owed(as_of).total - _ahead(mine) - most), as_of)
    return BackAgain(tuple(sides[0].contracts))


def _ahead(one: ContractAgain) -> int:
    return sum(fen for _number, fen in one.ahead)


def _run(sides: Sequence[_Side], walked: Walked, as_of: date) -> None:
    account = walked.ground.account
    known = _known(walked)
    days = money_days(one for one in account.money if one.paid_on <= as_of)
    dates = {row.due_on for one in sides[0].contracts for row in one.rows}
    effective: dict[MoneyNumber, MoneyIn] = {}
    for day in sorted({*days, *(one for one in dates if one <= as_of), as_of}):
        for side in sides:
            side.to(day)
        came, reversals = days.get(day, ([], []))
        for one in came:
            effective[one.number] = one
            shares = split(one.fen, sides[0].contracts, day, known.get(one.number, {}))
            for side in sides:
                side.receive(one.number, shares, day)
        if reversals:
            for one in reversals:
                if one.reverses is not None:
                    effective.pop(one.reverses, None)
            for side in sides:
                side.again(in_order(effective.values()), day)


def _known(walked: Walked) -> Mapping[MoneyNumber, Mapping[str, int]]:
    """Return what the plan laid of each payment on which loan while it ran."""
    found: dict[MoneyNumber, dict[str, int]] = {}
    loans = walked.ground.account.plan.loans
    for number, covered in walked.run.covered.items():
        mine = found.setdefault(number, {})
        for line, fen in covered.items():
            ref = loans[walked.ground.lines[line].loan].ref
            mine[ref] = mine.get(ref, 0) + fen
    return found


def asked_back(back: BackAgain, day: date) -> Components:
    """Return what the contracts ask on a day, by component, and all principal that is left.

    Units: fen.
    """
    each = (one.owed(day) for one in back.contracts)
    return Components(*(sum(fen) for fen in zip(*each, strict=True)))


def ahead_back(back: BackAgain) -> int:
    """Return what lies ahead on the contracts, in fen."""
    return sum(fen for _number, fen in chain.from_iterable(one.ahead for one in back.contracts))
