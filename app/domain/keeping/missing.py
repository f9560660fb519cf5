"""What was missed of a signed plan, the notice that follows, how it is mended, when it breaks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from app.domain.calendar import beijing_date
from app.domain.keeping.account import Account, MoneyIn, Told
from app.domain.keeping.ground import DueGroup, KeptGround, ground_of
from app.domain.keeping.money_run import MoneyRun
from app.domain.plan_terms import OLDEST_FIRST

# After a reversal is told, what it uncovers has so many working days.
UNCOVERED_WORKING_DAYS = 3
_DAY = timedelta(days=1)


# What falls due together: whether it is the contract's own, and its number.
GroupKey = tuple[bool, int]


class Protected(NamedTuple):
    """Days in which what a reversal uncovered is still in time."""

    from_on: date
    until_on: date


@dataclass
class Walked:
    """How far a plan came by the end of a day."""

    ground: KeptGround
    run: MoneyRun
    day: date
    # Due dates that were missed since the start or the last cure.
    missed: set[date] = field(default_factory=set)
    notice_on: date | None = None
    cure_until: date | None = None
    broken_on: date | None = None
    # Whether it is broken whatever the facts say: another plan was signed, or the loan is gone.
    break_stands: bool = False
    # Days of notices that what was missed bore out, and whether one has to be sent now.
    noticed_on: list[date] = field(default_factory=list)
    asks_notice: bool = False
    uncovered: Mapping[GroupKey, Sequence[Protected]] = field(default_factory=dict)

    def is_missed(self, group: DueGroup) -> bool:
        """Whether something of a group is open after its grace, and nothing protects it."""
        is_over = group.grace_on < self.day and not self.is_protected(group, self.day)
        return is_over and self.is_known(group) and self.run.open_of(group) > 0

    def is_known(self, group: DueGroup) -> bool:
        """Whether all money that could still be in time for a group is on record.

        Source: rules part 1, how a signed plan is kept: broken.
        """
        return self.is_covered(group.grace_on)

    def is_covered(self, day: date) -> bool:
        """Whether all money that was paid by the end of a day is on record."""
        covered = self.ground.account.covered_until
        return covered is None or day <= covered

    def is_protected(self, group: DueGroup, day: date) -> bool:
        """Whether a reversal uncovered a group, and its working days are not over."""
        spans = self.uncovered.get((group.is_regular, group.number), ())
        return any(one.from_on <= day <= one.until_on for one in spans)

    def is_over(self, group: DueGroup) -> bool:
        """Whether its grace, or what a reversal gave it, ended on the day before."""
        before = self.day - _DAY
        spans = self.uncovered.get((group.is_regular, group.number), ())
        ends = {group.grace_on, *(max(group.grace_on, one.until_on) for one in spans)}
        # What was uncovered only on the day itself had been missed before.
        goes_on = any(one.from_on <= before and self.day <= one.until_on for one in spans)
        return before in ends and not goes_on


def walked(account: Account, as_of: date, run_type: type[MoneyRun] = MoneyRun) -> Walked:
    """Walk a plan from its start to the end of a day, or to its break; dates that are changed only
    later are as they were.

    Where no notices are on record a notice counts as received on its day, and the break comes on
    the day after the cure. One that another took the place of stands still from the day on which
    that one stands.
    Source: rules part 1, how a signed plan is kept: missed, broken, reversal, change.
    """
    # From the day on which another plan stands nothing happens to this one any more.
    ground_on = account.replaced.ground_on if account.replaced else None
    if ground_on is not None and ground_on < as_of:
        as_of = ground_on
    changed = (one for one in account.date_changes if beijing_date(one.at) <= as_of)
    ground = ground_of(replace(account, date_changes=tuple(changed)))
    walk = _Walk(ground, as_of, _uncovered(ground), run_type)
    walk.now.run.hands_over_on = ground_on
    return walk.to_end()


def _uncovered(ground: KeptGround) -> Mapping[GroupKey, Sequence[Protected]]:
    """Return in which days what a reversal uncovers is in time: some working days from being
    told.
    """
    reversals = sorted(
        (one for one in ground.account.money if one.reverses is not None),
        key=lambda one: (one.posted_at, one.number),
    )
    found: dict[GroupKey, list[Protected]] = {}
    for place, one in enumerate(reversals):
        told = max(one.paid_on, beijing_date(one.posted_at))
        before = _closed_on(ground, reversals[:place], told)
        after = _closed_on(ground, reversals[: place + 1], told)
        span = Protected(one.paid_on, ground.calendar.after(told, UNCOVERED_WORKING_DAYS))
        for key in before - after:
            found.setdefault(key, []).append(span)
    return found


def _closed_on(ground: KeptGround, reversals: Iterable[MoneyIn], day: date) -> set[GroupKey]:
    came = [one for one in ground.account.money if one.reverses is None]
    run = MoneyRun(ground, (*came, *reversals))
    for each in _event_days(ground, day):
        run.to(each)
    # Once it was completed the contract's own dates were no longer the plan's to miss.
    done = run.completed_on is not None
    return {
        (one.is_regular, one.number)
        for one in ground.groups
        if one.due_on <= day and (done or not run.open_of(one))
    }


def _event_days(ground: KeptGround, as_of: date) -> list[date]:
    days = {one.due_on for one in ground.groups}
    days |= {one.grace_on + _DAY for one in ground.groups}
    days |= {one.paid_on for one in ground.account.money}
    days |= {one.sent_on for one in ground.account.told}
    return [*sorted(one for one in days if one < as_of), as_of]


class _Walk:
    def __init__(
        self,
        ground: KeptGround,
        as_of: date,
        uncovered: Mapping[GroupKey, Sequence[Protected]],
        run_type: type[MoneyRun],
    ) -> None:
        account = ground.account
        self.plan = account.plan
        self.as_of = as_of
        self.told = [one for one in account.told if one.taken_back_on is None]
        self.is_on_record = bool(account.told) or not account.supposes_notices
        self.now = Walked(ground, run_type(ground, account.money), as_of, uncovered=uncovered)
        self.days = _event_days(ground, as_of)
        self.days += [one.until_on + _DAY for each in uncovered.values() for one in each]
        heapify(self.days)
        numbered = [one for one in ground.groups if one.number and not one.is_regular]
        self.threshold = 1 if len(numbered) == 1 else self.plan.missed_before_notice
        self.last_grace = max(one.grace_on for one in ground.groups if not one.is_regular)

    def to_end(self) -> Walked:
        done: date | None = None
        while self.days:
            day = heappop(self.days)
            if day == done or day > self.as_of:
                continue
            done = day
            if self._begins(day):
                break
            self.now.run.to(day)
            self._ends(day)
            if self.now.run.could_finish():
                heappush(self.days, day + _DAY)
        return self.now

    def _begins(self, day: date) -> bool:
        """See what the day before left: what is missed now, and whether the plan breaks."""
        now = self.now
        now.day = day
        now.break_stands = any(one.stands for one in self._breaks_told(day))
        if now.break_stands or self._breaks(day):
            now.broken_on = day
            return True
        for one in now.run.asked:
            if now.is_over(one) and now.is_known(one) and now.run.open_of(one):
                now.missed.add(one.due_on)
        return False

    def _breaks(self, day: date) -> bool:
        # As the day before left it: what comes on the day of a break is too late for the plan.
        now = self.now
        open_ones = (one for one in now.run.asked if one.grace_on < day)
        if not any(
            now.run.open_of(one) and not now.is_protected(one, day - _DAY) for one in open_ones
        ):
            return False
        if self.now.cure_until is None or self.now.cure_until >= day:
            return False
        if not self.is_on_record:
            return now.is_covered(day - _DAY)
        return any(self._breaks_told(day))

    def _breaks_told(self, day: date) -> Iterator[Told]:
        return (one for one in self.told if one.kind == "break" and one.sent_on == day)

    def _is_past_grace(self) -> bool:
        return any(map(self.now.is_missed, self.now.run.asked))

    def _ends(self, day: date) -> None:
        now = self.now
        now.asks_notice = False
        is_past = self._is_past_grace()
        if now.notice_on and not is_past:
            now.notice_on = now.cure_until = None
            now.missed = set()
        elif is_past and not now.notice_on and self._asks_for_notice(day):
            self._give_notice(day)

    def _asks_for_notice(self, day: date) -> bool:
        if not self.is_on_record and not self.now.is_covered(day):
            return False
        is_over = day > self.last_grace and self.now.is_covered(self.last_grace)
        by_itself = self.plan.order == OLDEST_FIRST or self.is_on_record
        return len(self.now.missed) >= self.threshold or (is_over and by_itself)

    def _give_notice(self, day: date) -> None:
        found = Told("notice", day, received_on=day)
        if self.is_on_record:
            sent = (one for one in self.told if one.kind == "notice" and one.sent_on == day)
            on_record = next(sent, None)
            if on_record is None:
                self.now.asks_notice = True
                return
            found = on_record
        self.now.notice_on = day
        self.now.noticed_on.append(day)
        if found.received_on is not None and found.received_on <= self.as_of:
            self.now.cure_until = cure_until(self.now.ground, found.received_on, self.as_of)
            heappush(self.days, self.now.cure_until + _DAY)


def cure_until(ground: KeptGround, received_on: date, as_of: date) -> date:
    """Return the last day of a cure: so many days after the notice was received on which nothing
    stopped the clock, moved to a working day.

    Source: rules part 1, how a signed plan is kept: missed.
    """
    account, moved = ground.account, ground.calendar.moved
    stops = sorted((one.from_on, one.until_on or as_of) for one in account.stopped)
    last, left = received_on, account.plan.cure_days
    while left:
        last += _DAY
        left -= not any(begins <= last <= ends for begins, ends in stops)
    last = moved(last)
    # It came between the last day and the working day it moved to.
    while on_it := [ends for begins, ends in stops if begins <= last <= ends]:
        last = moved(max(on_it) + _DAY)
    return last
