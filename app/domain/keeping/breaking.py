"""A broken plan's contract on a day: money laid on it, never dearer than without a plan."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.allocation import Components
from app.domain.keeping.account import MoneyIn, MoneyNumber
from app.domain.keeping.contract_back import ContractAgain, at_start
from app.domain.keeping.laying import shared, taken
from app.domain.keeping.missing import Walked
from app.domain.keeping.money_run import money_days


@dataclass(frozen=True, slots=True)
class BackAgain:
    """The contracts of a broken plan at the end of a day, in the order of the plan's loans.

    Units: fen.
    """

    contracts: tuple[ContractAgain, ...]
    ahead_fen: int


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
        # One sum of all loans, what came first first.
        self.ahead: list[tuple[MoneyNumber, int]] = []

    def to(self, day: date) -> None:
        for one in self.contracts:
            one.accrue(day)
        self.fall_due(day)

    def fall_due(self, day: date) -> None:
        """Lay what lies ahead on what falls due: shared as one sum, taken from what came first."""
        parts = shared(self.ahead_fen, [one.due_fen(day) for one in self.contracts])
        for one, part in zip(self.contracts, parts, strict=True):
            for number, fen in taken(self.ahead, part):
                one.lay(number, fen, day)

    def receive(self, one: MoneyIn) -> None:
        """Lay money on what is due by its value date; the rest lies ahead."""
        day = one.paid_on
        parts = shared(one.fen, [contract.due_fen(day) for contract in self.contracts])
        for contract, part in zip(self.contracts, parts, strict=True):
            if part:
                contract.lay(one.number, part, day)
        if rest := one.fen - sum(parts):
            self.ahead.append((one.number, rest))

    @property
    def ahead_fen(self) -> int:
        return sum(fen for _number, fen in self.ahead)

    def again(self, money: Iterable[MoneyIn], day: date) -> None:
        """Lay everything anew after a reversal; the penalty that ran meanwhile stays."""
        self.ahead = []
        for one in self.contracts:
            one.covers = []
            for row in one.rows:
                row.paid = [0, 0, 0, 0]
        dates = {row.due_on for one in self.contracts for row in one.rows}
        days = money_days(money)
        for each in sorted(one for one in {*dates, *days, day} if one <= day):
            self.fall_due(each)
            for came in days.get(each, ([], []))[0]:
                self.receive(came)


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
        most = owed.total - min(without.excess_fen(as_of), charged)
        mine.take_off(max(0, mine.owed(as_of).total - most), as_of)
    return BackAgain(tuple(sides[0].contracts), sides[0].ahead_fen)


def _run(sides: Sequence[_Side], walked: Walked, as_of: date) -> None:
    account = walked.ground.account
    days = money_days(one for one in account.money if one.paid_on <= as_of)
    dates = {row.due_on for one in sides[0].contracts for row in one.rows}
    effective: dict[MoneyNumber, MoneyIn] = {}
    for day in sorted({*days, *(one for one in dates if one <= as_of), as_of}):
        for side in sides:
            side.to(day)
        came, reversals = days.get(day, ([], []))
        for one in came:
            effective[one.number] = one
            for side in sides:
                side.receive(one)
        if reversals:
            for one in reversals:
                if one.reverses is not None:
                    effective.pop(one.reverses, None)
            for side in sides:
                side.again(effective.values(), day)


def asked_back(back: BackAgain, day: date) -> Components:
    """Return what the contracts ask on a day, by component, and all principal that is left.

    Units: fen.
    """
    each = (one.owed(day) for one in back.contracts)
    return Components(*(sum(fen) for fen in zip(*each, strict=True)))
