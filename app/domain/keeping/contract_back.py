"""After a break the contract comes back: what it asks, all money laid on it at its value dates."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from app.domain.allocation import PRINCIPAL_FIRST_OVER_DAYS, Components, allocate_each
from app.domain.arrears import less_excess
from app.domain.keeping.account import ContractBack, LoanKept, MoneyNumber
from app.domain.money import PPM, div_half_up
from app.domain.schedule import MONTHLY, Instalment, schedule


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
    # What was asked at the start, and what accrued since up to a day, as fen times days.
    penalty: int = 0
    accrued: list[tuple[date, int]] = field(default_factory=lambda: [(date.min, 0)])
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
        self.pauses = kept.pauses
        self.penalty_from = penalty_from
        self.ceiling_ppm = ceiling
        self.schedule = schedule(back.terms)
        # Number 0 holds what was asked at the start and is no instalment's own: fees and penalty.
        self.start = _Row(0, start_on, 0, 0)
        rows = [self.start, *(_Row(*_asked(one)) for one in self.schedule[back.paid :])]
        self.rows = sorted(rows, key=lambda row: row.due_on)
        self.covers: list[ContractCover] = []
        # What is taken off so that it is never dearer than without a plan.
        self.off = Components()
        self.accrued_to = start_on
        self._rate = min(back.terms.annual_ppm * (PPM + back.terms.uplift_ppm), ceiling * PPM)

    def copied(self) -> "ContractAgain":
        """Return a contract that stands where this one does; what is taken off it is not taken off
        this one.
        """
        found = copy(self)
        found.rows = [replace(row, paid=list(row.paid)) for row in self.rows]
        found.covers = list(self.covers)
        return found

    def begin_with(self, owed: Components) -> None:
        """Take what was owed at the start: fee and penalty, and less interest where less was."""
        overdue = [row for row in self.rows if row.number and row.due_on < self.start_on]
        less = sum(row.interest for row in overdue) - owed.interest_fen
        # A file that showed less, and an excess over the ceiling: the oldest is paid first.
        for row in overdue:
            part = min(max(0, less), row.interest)
            row.interest -= part
            less -= part
        less = _principal_less([row.principal for row in self.rows], overdue, owed.principal_fen)
        for row in overdue:
            part = min(less, row.principal)
            row.principal -= part
            less -= part
        self.start.fee, self.start.penalty = owed.fee_fen, owed.penalty_fen

    def accrue(self, day: date) -> None:
        """Let a penalty run to the end of a day."""
        for row in self.rows:
            since = max(self.accrued_to, row.due_on, self.penalty_from)
            days = self.charged_days(since, day)
            if days > 0:
                so_far = row.accrued[-1][1] + (row.principal - row.paid[3]) * days
                row.accrued.append((day, so_far))
        self.accrued_to = max(self.accrued_to, day)

    def charged_days(self, since: date, day: date) -> int:
        """Return the days between two days less those on which nothing accrues."""
        free = sum(one.days_in(since, day) for one in self.pauses)
        return max(0, (day - since).days - free)

    def open_of(self, row: _Row, day: date) -> Components:
        """Return what is open of an instalment by component; before its date nothing is."""
        if row.due_on > day:
            return Components()
        asked = (row.fee, self.penalty_of(row, day), row.interest, row.principal)
        return Components(*(fen - paid for fen, paid in zip(asked, row.paid, strict=True)))

    def penalty_of(self, row: _Row, day: date) -> int:
        """Return an instalment's penalty up to a day, rounded once, in fen."""
        basis = self.back.terms.day_basis
        return row.penalty + div_half_up(_fen_days(row, day) * self._rate, PPM * PPM * basis)

    def due_fen(self, day: date) -> int:
        """Return what is due and open on a day, in fen."""
        return sum(self.open_of(row, day).total for row in self.rows)

    def lay(self, payment: MoneyNumber, fen: int, day: date) -> None:
        """Lay money on what is due, never more than that."""
        owed = [self.open_of(row, day) for row in self.rows]
        parts = allocate_each(fen, owed, self._is_principal_first(day))
        for place, field_name in enumerate(Components._fields):
            for row, part in zip(self.rows, parts, strict=True):
                row.paid[place] += part[place]
                if part[place]:
                    name = field_name.removesuffix("_fen")
                    self.covers.append(ContractCover(payment, row.number, name, part[place]))

    def _is_principal_first(self, day: date) -> bool:
        if not self.back.principal_first_after_90d:
            return False
        oldest = next(
            (one.due_on for one in self.rows if one.number and self.open_of(one, day).total), day
        )
        kept = (min(day, self.penalty_from) - max(self.start_on, oldest)).days
        return (day - oldest).days - max(0, kept) > PRINCIPAL_FIRST_OVER_DAYS

    def owed(self, day: date) -> Components:
        """Return what is due by component, and all principal that is not due yet."""
        each = [self.open_of(row, day) for row in self.rows]
        later = sum(row.principal for row in self.rows if row.due_on > day)
        sums = Components(*(sum(one) for one in zip(*each, strict=True))) if each else Components()
        return sums._replace(principal_fen=sums.principal_fen + later)

    def owed_before(self, day: date) -> Components:
        """Return what fell due before a day by component, and all principal that is left."""
        past = [self.open_of(row, day) for row in self.rows if not row.number or row.due_on < day]
        sums = Components(*(sum(one) for one in zip(*past, strict=True)))
        left = sum(row.principal - row.paid[3] for row in self.rows)
        return sums._replace(principal_fen=left)

    def excess_fen(self, day: date) -> int:
        """Return what is above the ceiling of all that was charged so far.

        Source: M-01; rules part 1, ceiling.
        """
        past = [one for one in self.schedule if one.due_on < day]
        charged = sum(one.interest_fen for one in past) + sum(
            row.fee + self.penalty_of(row, day) for row in self.rows
        )
        may = sum(div_half_up(one.balance_fen * self.ceiling_ppm, MONTHLY) for one in past)
        basis = PPM * self.back.terms.day_basis
        for row in self.rows:
            before = max(0, (self.start_on - row.due_on).days) * row.principal
            may += div_half_up((before + _fen_days(row, day)) * self.ceiling_ppm, basis)
        return max(0, charged - may)

    def take_off(self, fen: int, day: date) -> None:
        """Take what is above 'no plan made' off penalty, then fee, then interest."""
        owed = self.owed(day)
        net = less_excess(owed, fen)
        off = [was - now for was, now in zip(owed, net, strict=True)]
        self.off = Components(*off)
        for row in self.rows:
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
        since = max([terms.start_on, *(one.due_on for one in self.schedule if one.due_on <= day)])
        left = sum(row.principal for row in self.rows if row.due_on > day)
        days = self.charged_days(since, day)
        return div_half_up(left * terms.annual_ppm * days, PPM * terms.day_basis)


def _fen_days(row: _Row, day: date) -> int:
    return next(fen_days for until, fen_days in reversed(row.accrued) if until <= day)


def _principal_less(every: Sequence[int], overdue: Sequence[_Row], stated_fen: int) -> int:
    """By how much less principal was open at the start than its whole instalments hold: what is
    stated is what was overdue, or all that was left.
    """
    late = sum(row.principal for row in overdue)
    return max(0, (late if stated_fen <= late else sum(every)) - stated_fen)


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
    gross = back.gross._replace(interest_fen=min(back.gross.interest_fen, interest))
    return gross, less_excess(gross, back.excess_fen)
