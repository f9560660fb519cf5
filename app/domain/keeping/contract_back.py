"""After a break the contract comes back: what it asks, all money laid on it at its value dates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from app.domain.allocation import Components, allocate_each
from app.domain.arrears import less_excess
from app.domain.keeping.account import ContractBack, LoanKept, MoneyNumber
from app.domain.keeping.laying import shared
from app.domain.money import PPM, div_half_up
from app.domain.schedule import MONTHLY, Instalment, schedule

# A contract may set principal first once a loan is past due for more than so many days (M-09).
PRINCIPAL_FIRST_AFTER = 90


class ContractCover(NamedTuple):
    """What of a payment covered what of an instalment of the contract, in fen."""

    payment: MoneyNumber
    number: int
    component: str
    fen: int


@dataclass
class _Row:
    """An instalment of the contract that was unpaid at the plan's start."""

    number: int
    due_on: date
    principal: int
    interest: int
    fee: int = 0
    # What was asked at the start, and what accrued since, as fen times days.
    penalty: int = 0
    fen_days: int = 0
    paid: list[int] = field(default_factory=lambda: [0, 0, 0, 0])


class ContractAgain:
    """One loan's contract from the plan's start on: money is laid in the contract's order, a
    penalty runs on overdue principal from a day on.

    Units:  fen. `penalty_from` is the day after which a penalty runs; the days between the start
            and it are left out of the days past due.
    Source: rules part 1, how a signed plan is kept: after a break; M-03, M-07, M-09.
    """

    def __init__(
        self,
        kept: LoanKept,
        back: ContractBack,
        *,
        start_on: date,
        penalty_from: date,
        ceiling: int,
    ) -> None:
        self.ref, self.back, self.start_on = kept.ref, back, start_on
        self.penalty_from = penalty_from
        self.ceiling_ppm = ceiling
        self.schedule = schedule(back.terms)
        self.rows = [_Row(*_asked(one)) for one in self.schedule[back.paid :]]
        self.ahead: list[tuple[MoneyNumber, int]] = []
        self.covers: list[ContractCover] = []
        self.accrued_to = start_on
        self._rate = min(back.terms.annual_ppm * (PPM + back.terms.uplift_ppm), ceiling * PPM)

    def begin_with(self, owed: Components) -> None:
        """Take what was owed at the start; fee and penalty lie with the oldest instalment."""
        overdue = [row for row in self.rows if row.due_on < self.start_on]
        less = sum(row.interest for row in overdue) - owed.interest_fen
        # A file that showed less interest, and an excess over the ceiling, come off the newest.
        for row in reversed(overdue):
            part = min(max(0, less), row.interest)
            row.interest -= part
            less -= part
        if self.rows:
            self.rows[0].fee, self.rows[0].penalty = owed.fee_fen, owed.penalty_fen

    def accrue(self, day: date) -> None:
        """Let a penalty run to the end of a day."""
        for row in self.rows:
            since = max(self.accrued_to, row.due_on, self.penalty_from)
            days = (day - since).days
            if days > 0:
                row.fen_days += (row.principal - row.paid[3]) * days
        self.accrued_to = max(self.accrued_to, day)

    def open_of(self, row: _Row, day: date) -> Components:
        """Return what is open of an instalment by component; before its date nothing is."""
        if row.due_on > day:
            return Components()
        asked = (row.fee, self.penalty_of(row), row.interest, row.principal)
        return Components(*(fen - paid for fen, paid in zip(asked, row.paid, strict=True)))

    def penalty_of(self, row: _Row) -> int:
        """Return an instalment's penalty, rounded once, in fen."""
        basis = self.back.terms.day_basis
        return row.penalty + div_half_up(row.fen_days * self._rate, PPM * PPM * basis)

    def due_fen(self, day: date) -> int:
        """Return what is due and open on a day, in fen."""
        return sum(self.open_of(row, day).total for row in self.rows)

    def receive(self, payment: MoneyNumber, fen: int, day: date) -> None:
        """Lay money on what is due; the rest lies ahead."""
        if rest := fen - self._lay(payment, fen, day):
            self.ahead.append((payment, rest))

    def fall_due(self, day: date) -> None:
        """Lay what lies ahead on what falls due on a day."""
        while self.ahead and self.due_fen(day):
            payment, fen = self.ahead.pop(0)
            if rest := fen - self._lay(payment, fen, day):
                self.ahead.insert(0, (payment, rest))

    def _lay(self, payment: MoneyNumber, fen: int, day: date) -> int:
        owed = [self.open_of(row, day) for row in self.rows]
        parts = allocate_each(fen, owed, self._is_principal_first(day))
        for place, field_name in enumerate(Components._fields):
            for row, part in zip(self.rows, parts, strict=True):
                row.paid[place] += part[place]
                if part[place]:
                    name = field_name.removesuffix("_fen")
                    self.covers.append(ContractCover(payment, row.number, name, part[place]))
        return sum(part.total for part in parts)

    def _is_principal_first(self, day: date) -> bool:
        if not self.back.principal_first_after_90d:
            return False
        oldest = next((one.due_on for one in self.rows if self.open_of(one, day).total), day)
        kept = (min(day, self.penalty_from) - max(self.start_on, oldest)).days
        return (day - oldest).days - max(0, kept) > PRINCIPAL_FIRST_AFTER

    def owed(self, day: date) -> Components:
        """Return what is due by component, and all principal that is not due yet."""
        each = [self.open_of(row, day) for row in self.rows]
        later = sum(row.principal for row in self.rows if row.due_on > day)
        sums = Components(*(sum(one) for one in zip(*each, strict=True))) if each else Components()
        return sums._replace(principal_fen=sums.principal_fen + later)

    def excess_fen(self, day: date) -> int:
        """Return what is above the ceiling of all that was charged so far.

        Source: M-01; rules part 1, ceiling.
        """
        past = [one for one in self.schedule if one.due_on < day]
        charged = sum(one.interest_fen for one in past) + sum(
            row.fee + self.penalty_of(row) for row in self.rows
        )
        may = sum(div_half_up(one.balance_fen * self.ceiling_ppm, MONTHLY) for one in past)
        basis = PPM * self.back.terms.day_basis
        for row in self.rows:
            before = max(0, (self.start_on - row.due_on).days) * row.principal
            may += div_half_up((before + row.fen_days) * self.ceiling_ppm, basis)
        return max(0, charged - may)

    def take_off(self, fen: int, day: date) -> None:
        """Take what is above 'no plan made' off penalty, then fee, then interest."""
        owed = self.owed(day)
        net = less_excess(owed, fen)
        off = [was - now for was, now in zip(owed, net, strict=True)]
        for row in reversed(self.rows):
            if row.due_on > day:
                continue
            part = self.open_of(row, day)
            fee, penalty, interest, _principal = (
                min(less, fen) for less, fen in zip(off, part, strict=True)
            )
            row.fee -= fee
            row.penalty -= penalty
            row.interest -= interest
            off = [off[0] - fee, off[1] - penalty, off[2] - interest, 0]

    def running_fen(self, day: date) -> int:
        """Return the interest since the last due date on principal that is not due yet, in fen."""
        terms = self.back.terms
        dates = [one.due_on for one in self.schedule if one.due_on < day]
        since = max([terms.start_on, *dates])
        if self.back.paid:
            since = max(since, self.schedule[self.back.paid - 1].due_on)
        left = sum(row.principal for row in self.rows if row.due_on >= day)
        # What is due on the day itself has its interest in its instalment.
        days = max(0, (day - since).days)
        return div_half_up(left * terms.annual_ppm * days, PPM * terms.day_basis)


def _asked(one: Instalment) -> tuple[int, date, int, int]:
    return one.number, one.due_on, one.principal_fen, one.interest_fen


def at_start(kept: LoanKept, start_on: date) -> tuple[Components, Components]:
    """Return what a loan's contract asked at the plan's start, before and after the excess: without
    the interest of the period that was running.

    Source: rules part 1, how a signed plan is kept: after a break.
    """
    back = kept.contract
    if back is None:
        raise ValueError(f"{kept.ref} has no contract")
    rows = schedule(back.terms)[back.paid :]
    interest = sum(one.interest_fen for one in rows if one.due_on < start_on)
    gross = back.gross._replace(
        interest_fen=min(back.gross.interest_fen, interest), principal_fen=0
    )
    return gross, less_excess(gross, back.excess_fen)


def split(
    fen: int, loans: Sequence[ContractAgain], day: date, known: Mapping[str, int]
) -> list[int]:
    """Return which part of money goes to which loan: what the plan laid on it, the rest by what is
    due of each, then by the principal that is not due yet.

    Units: fen; the parts sum to the money.
    """
    each = [known.get(one.ref, 0) for one in loans]
    rest = fen - sum(each)
    due = [max(0, one.due_fen(day) - mine) for one, mine in zip(loans, each, strict=True)]
    for asked in (due, [one.owed(day).principal_fen for one in loans]):
        more = shared(rest, asked)
        each = [mine + part for mine, part in zip(each, more, strict=True)]
        rest -= sum(more)
    # More than everything is owed: it stays with the first and lies there.
    each[0] += rest
    return each
