"""Money laid on a signed plan day by day: what is covered, what lies ahead and the interest that
saves, and when the plan is paid off.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from app.domain.keeping.account import MoneyIn, MoneyNumber, in_order
from app.domain.keeping.ground import DueGroup, InterestPeriod, KeptGround
from app.domain.keeping.laying import Step, laid, taken

Covered = dict[int, int]


class RunningInterest(NamedTuple):
    """Interest of a loan's running period up to a day: on how much, since when, and what money
    ahead saved of it.

    Units: fen; runs_fen is at most what the period asks.
    """

    loan: int
    from_on: date
    days: int
    principal_fen: int
    runs_fen: int
    saved_fen: int
    # Whether the period asks less than so many days would.
    is_capped: bool

    @property
    def fen(self) -> int:
        """Return what is charged of it, in fen."""
        return max(0, self.runs_fen - self.saved_fen)


@dataclass(frozen=True, slots=True)
class PayOff:
    """What paying a plan off takes on a day, before money that lies ahead is taken off.

    Units: fen; interest_fen is that of each loan's running period, what it saved taken off.
    """

    due_fen: int
    later_fen: int
    interest_fen: tuple[int, ...]

    @property
    def total_fen(self) -> int:
        """Return all of it, in fen."""
        return self.due_fen + self.later_fen + sum(self.interest_fen)


def money_days(money: Iterable[MoneyIn]) -> Mapping[date, tuple[list[MoneyIn], list[MoneyIn]]]:
    """Return by value date what came, in the order it is laid, and what was taken back."""
    days: dict[date, tuple[list[MoneyIn], list[MoneyIn]]] = {}
    for one in in_order(money):
        came, reversals = days.setdefault(one.paid_on, ([], []))
        (came if one.reverses is None else reversals).append(one)
    return days


def received_fen(money: Iterable[MoneyIn], as_of: date) -> int:
    """Return what came for a plan by the end of a day and was not taken back, wherever it lies.

    Units:  fen.
    Source: rules part 1, how a signed plan is kept.
    """
    stands: dict[MoneyNumber, int] = {}
    for came, reversals in money_days(one for one in money if one.paid_on <= as_of).values():
        stands |= {one.number: one.fen for one in came}
        for one in reversals:
            if one.reverses is not None:
                stands.pop(one.reverses, None)
    return sum(stands.values())


class MoneyRun:
    """A plan's money up to the end of a day; days with an event are given in order.

    Source: rules part 1, how a signed plan is kept: order, money ahead, quote, reversal.
    """

    def __init__(self, ground: KeptGround, money: Iterable[MoneyIn]) -> None:
        self.ground = ground
        # The day with whose end it gives over to another plan, and whether it has.
        self.hands_over_on: date | None = None
        self.is_handed_over = False
        self._days = money_days(money)
        self._effective: dict[MoneyNumber, MoneyIn] = {}
        # From the end of which day how much lay ahead; None where nothing was owed any more.
        self._lying: list[tuple[date, int | None]] = []
        self.completed_on: date | None = None
        self._begin()

    def _begin(self) -> None:
        self.charged = [line.fen for line in self.ground.lines]
        self.open_fen = list(self.charged)
        self.due = 0
        self._first_open = 0
        self.ahead: list[tuple[MoneyNumber, int]] = []
        self.covered: dict[MoneyNumber, Covered] = {}
        self.credit: dict[MoneyNumber, int] = {}

    @property
    def ahead_fen(self) -> int:
        """Return what lies ahead, in fen."""
        return sum(fen for _number, fen in self.ahead)

    def open_of(self, group: DueGroup) -> int:
        """Return what is open of a group, in fen."""
        return sum([self.open_fen[line] for line in group.lines])

    @property
    def asked(self) -> Sequence[DueGroup]:
        """Return what is due, from the first of it with something open on; nothing once the plan is
        completed, whatever its contract goes on to ask.
        """
        if self.completed_on:
            return ()
        groups = self.ground.groups
        while self._first_open < self.due and not self.open_of(groups[self._first_open]):
            self._first_open += 1
        return groups[self._first_open : self.due]

    def to(self, day: date) -> None:
        """Go on to the end of a day on which something happens."""
        came, reversals = self._days.get(day, ([], []))
        self._fall_due(day)
        for one in came:
            self._effective[one.number] = one
            self._receive(one)
        if reversals:
            self._take_back(day, reversals)
        self._finish(day)
        self._hand_over(day)
        self._note(day)

    def _hand_over(self, day: date) -> None:
        """Leave open exactly what paying off takes, once money ahead is laid on it."""
        if day != self.hands_over_on or self.completed_on:
            return
        self._release(day, self.pay_off(day))
        later = [one for one in self.ground.groups[self.due :] if not one.is_regular]
        self._lay_ahead(self.ground.steps(later))
        self.is_handed_over = True

    def _note(self, day: date) -> None:
        lies = None if self.completed_on else self.ahead_fen
        if not self._lying or self._lying[-1][1] != lies:
            self._lying.append((day, lies))

    def _fall_due(self, day: date) -> None:
        groups = self.ground.groups
        while self.due < len(groups) and groups[self.due].due_on <= day:
            if not self.completed_on:
                self._charge(groups[self.due])
            self.due += 1
            if self.ahead:
                self._lay_ahead(self._due_steps())

    def _charge(self, group: DueGroup) -> None:
        """Lower the interest of a number that falls due by what money ahead saved."""
        if group.is_regular or not group.number:
            return
        for loan, periods in enumerate(self.ground.periods):
            for period in periods:
                if period.number == group.number:
                    saved = self.saved_fen(loan, period, period.until_on)
                    self._lower(period, max(0, period.interest_fen - saved))

    def _lower(self, period: InterestPeriod, to_fen: int) -> None:
        less = period.interest_fen - to_fen
        for line in period.interest_lines:
            part = min(less, self.charged[line])
            self.charged[line] -= part
            self.open_fen[line] -= part
            less -= part

    def saved_fen(self, loan: int, period: InterestPeriod, until: date) -> int:
        """Return what money ahead saved of a loan's interest from the period's start until a day.

        Units:  fen, rounded once.
        Source: rules part 1, how a signed plan is kept: money ahead.
        """
        # From the last note before the period on; those from earlier tell nothing of it.
        since = bisect_right(self._lying, period.from_on, key=itemgetter(0)) - 1
        notes = (*self._lying[max(0, since) :], (until, 0))
        fen_days = Fraction(0)
        for span in period.spans:
            lies_for = 0
            for (begin, fen), (end, _fen) in pairwise(notes):
                days = (min(end, span.until_on) - max(begin, span.from_on)).days
                if days > 0:
                    lies_for += days * (span.all_fen if fen is None else min(fen, span.all_fen))
            if lies_for:
                fen_days += Fraction(lies_for * span.principal_fen, span.all_fen)
        return self.ground.day_interest_fen(loan, fen_days)

    def _due_steps(self) -> Sequence[Step]:
        return self.ground.steps(self.asked)

    def _receive(self, one: MoneyIn) -> None:
        if self.completed_on:
            self.credit[one.number] = one.fen
            return
        rest = one.fen - self._cover(one.number, one.fen, self._due_steps())
        if rest:
            self.ahead.append((one.number, rest))

    def _cover(self, number: MoneyNumber, fen: int, steps: Sequence[Step]) -> int:
        parts = laid(fen, steps, self.open_fen)
        mine = self.covered.setdefault(number, {})
        for line, part in parts.items():
            self.open_fen[line] -= part
            mine[line] = mine.get(line, 0) + part
        return sum(parts.values())

    def _lay_ahead(self, steps: Sequence[Step]) -> None:
        """Lay what lies ahead, what came first first; the whole is shared among loans at once."""
        parts = laid(self.ahead_fen, steps, self.open_fen)
        for line, part in parts.items():
            self.open_fen[line] -= part
            for number, fen in taken(self.ahead, part):
                mine = self.covered.setdefault(number, {})
                mine[line] = mine.get(line, 0) + fen

    def _take_back(self, day: date, reversals: Sequence[MoneyIn]) -> None:
        """Lay everything anew without what was taken back; what it saved while it lay stays."""
        for one in reversals:
            if one.reverses is not None:
                self._effective.pop(one.reverses, None)
        days = {group.due_on for group in self.ground.groups} | {day, self.completed_on or day}
        came = money_days(self._effective.values())
        self.completed_on = None
        self._begin()
        # What was paid off without it stays so, on its day.
        for each in sorted(one for one in days | came.keys() if one <= day):
            self._fall_due(each)
            for one in came.get(each, ([], []))[0]:
                self._receive(one)
            self._finish(each)

    def left_open(self) -> list[int]:
        """Return what is open of each line, in fen; of what a contract asks beside the plan only
        what is due. Handed over it is what went to the plan that took the place of this one.
        """
        gone = {i for one in self.ground.groups[self.due :] if one.is_regular for i in one.lines}
        return [0 if line in gone else fen for line, fen in enumerate(self.open_fen)]

    def pay_off(self, day: date) -> PayOff:
        """Return what paying off takes on a day.

        Units:  fen.
        Source: rules part 1, how a signed plan is kept: quote.
        """
        # Once it is paid off nothing of the later groups is open any more.
        later = 0 if self.completed_on else self.ground.later_fen[self.due]
        due = sum(map(self.open_of, self.asked))
        return PayOff(due, later, tuple(one.fen if one else 0 for one in self.running(day)))

    def running(self, day: date) -> Iterator[RunningInterest | None]:
        """Yield of each loan the interest of the period a day lies in; None outside of all.

        Source: rules part 1, how a signed plan is kept: quote.
        """
        for loan, periods in enumerate(self.ground.periods):
            now = next((one for one in periods if one.from_on <= day < one.until_on), None)
            if now is None:
                yield None
                continue
            days = (day - now.from_on).days
            left = next(one for one in now.spans if day < one.until_on).principal_fen
            runs = self.ground.day_interest_fen(loan, left * days)
            yield RunningInterest(
                loan,
                now.from_on,
                days,
                left,
                min(runs, now.interest_fen),
                self.saved_fen(loan, now, day),
                runs > now.interest_fen,
            )

    def could_finish(self) -> bool:
        """Tell whether the passing of days alone might pay the plan off."""
        if self.completed_on or not self.ahead:
            return False
        return self.ahead_fen >= self.ground.later_fen[self.due]

    def _finish(self, day: date) -> None:
        # With nothing ahead and something open there is nothing to ask; most days are such days.
        if self.completed_on or (not self.ahead and self._is_open()):
            return
        off = self.pay_off(day)
        if self.ahead_fen < off.total_fen:
            return
        self._release(day, off)
        later = [one for one in self.ground.groups[self.due :] if not one.is_regular]
        self._lay_ahead(self.ground.steps(later))
        for number, fen in self.ahead:
            self.credit[number] = self.credit.get(number, 0) + fen
        self.ahead = []
        self.completed_on = day

    def _is_open(self) -> bool:
        # What is due later is what most likely is open still.
        groups = (one for one in reversed(self.ground.groups) if not one.is_regular)
        return any(self.open_of(one) for one in groups)

    def _release(self, day: date, off: PayOff) -> None:
        """Keep of the interest that has not fallen due only what runs to the day."""
        for periods, running in zip(self.ground.periods, off.interest_fen, strict=True):
            for period in periods:
                if period.until_on > day:
                    self._lower(period, running if period.from_on <= day else 0)
