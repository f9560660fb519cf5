"""A broken plan's contract on a day: money laid on it, never dearer than without a plan."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.allocation import Components
from app.domain.keeping.account import Account, MoneyIn, MoneyNumber
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

    def __init__(self, account: Account, penalty_from: date, *, is_net: bool) -> None:
        self.contracts = []
        for kept in account.plan.loans:
            if kept.contract is None:
                raise ValueError(f"{kept.ref} has no contract")
            one = ContractAgain(
                kept,
                kept.contract,
                start_on=account.contract_start_on,
                penalty_from=penalty_from,
                ceiling=account.ceiling_ppm,
            )
            one.begin_with(at_start(kept, account.contract_start_on)[is_net])
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
    Of a plan that took the place of another they come back as if there had been one plan: from the
    first start, with all money.

    Source: rules part 1, how a signed plan is kept: after a break.
    """
    return next((back for _day, back in contracts_back_on(walked, (as_of,))), None)


def contracts_back_on(walked: Walked, days: Collection[date]) -> Iterator[tuple[date, BackAgain]]:
    """Yield the contracts of a broken plan at the end of each of some days, the earliest first;
    nothing where the account has none.

    Source: rules part 1, how a signed plan is kept: after a break.
    """
    account, broken_on = walked.ground.account, walked.broken_on
    if broken_on is None or any(one.contract is None for one in account.plan.loans):
        return

    # Of a break that only stands because another plan was made, no penalty is asked.
    penalty_from = date.max if walked.break_stands else broken_on
    sides = (
        _Side(account, penalty_from, is_net=True),
        _Side(account, account.contract_start_on, is_net=False),
    )
    for day in _run(sides, account, days):
        if day in days:
            # What is above 'no plan made' is drawn on each day anew.
            contracts = tuple(one.copied() for one in sides[0].contracts)
            for mine, without in zip(contracts, sides[1].contracts, strict=True):
                _take_off(mine, without, day)
            yield day, BackAgain(contracts, sides[0].ahead_fen)


def _take_off(mine: ContractAgain, without: ContractAgain, day: date) -> None:
    owed = without.owed(day)
    charged = owed.fee_fen + owed.penalty_fen + owed.interest_fen
    most = owed.total - min(without.excess_fen(day), charged)
    mine.take_off(max(0, mine.owed(day).total - most), day)


def without_plan(account: Account, day: date) -> Mapping[str, Components] | None:
    """Return what each contract would ask on a day had no plan been made, all money of the account
    laid on it: what fell due before the day, and all principal that is left, by 借据号; None where
    the account has no contract. So the file of that day tells it.

    Units:  fen.
    Source: rules part 1, how a signed plan is kept: after a break.
    """
    if any(one.contract is None for one in account.plan.loans):
        return None
    side = _Side(account, account.contract_start_on, is_net=False)
    for _day in _run((side,), account, (day,)):
        continue
    return {one.ref: one.owed_before(day) for one in side.contracts}


def _run(sides: Sequence[_Side], account: Account, stops: Collection[date]) -> Iterator[date]:
    """Go on day by day to the last stop; yield each day at its end."""
    until = max(stops)
    days = money_days(one for one in account.all_money if one.paid_on <= until)
    dates = {row.due_on for one in sides[0].contracts for row in one.rows}
    effective: dict[MoneyNumber, MoneyIn] = {}
    for day in sorted({*days, *(one for one in dates if one <= until), *stops}):
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
        yield day


def asked_back(back: BackAgain, day: date) -> Components:
    """Return what the contracts ask on a day, by component, and all principal that is left.

    Units: fen.
    """
    each = (one.owed(day) for one in back.contracts)
    return Components(*(sum(fen) for fen in zip(*each, strict=True)))
