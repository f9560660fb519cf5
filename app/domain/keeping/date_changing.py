"""Which due date of a running plan its borrower may change, and to which days: once, at no cost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

from app.domain.errors import RuleBroken
from app.domain.keeping.account import Account
from app.domain.keeping.standing import PlanStanding, standing
from app.domain.keeping.workdays import WorkCalendar
from app.domain.texts import N_

DateRefusal = Literal["used", "in_cure", "over", "no_room"]
# How many days a page suggests, the last of them the latest there is.
SUGGESTED = 3
_DAY = timedelta(days=1)


class DateChangeUsed(RuleBroken):
    """One date was changed before."""

    code = "date_change_used"
    message = N_("这份方案的还款日已经改过一次了，不能再改。来不及的话，请早点和同事说")


class DateChangeInCure(RuleBroken):
    """A notice runs: first what was missed is made good."""

    code = "date_change_in_cure"
    message = N_("收到没按时还的通知以后，补上之前不能改日子。请先补上；有困难，请和同事说")


class DateChangeOver(RuleBroken):
    """The plan does not run any more."""

    code = "date_change_over"
    message = N_("这份方案已经结束，日子不用改，也不能改了。有疑问请和同事说")


class DateChangeNoRoom(RuleBroken):
    """No number can be moved any further."""

    code = "date_change_no_room"
    message = N_("这份方案的日子已经是最晚的，不能再往后改。来不及的话，请早点和同事说")


class InstalmentNotMovable(RuleBroken):
    """The number is due or paid, there is none such, or it has no later day."""

    code = "instalment_not_movable"
    message = N_("这一期的日子不能改：到了日子的、还清了的都不能改。请选后面的一期，或者和同事说")


class DateOutside(RuleBroken):
    """The day, moved to a working day, is not between the first and the last of the number."""

    code = "date_outside"
    message = N_("请选%(first)s到%(last)s（含当天）中的一天，遇到休息日顺延后也不能超过")


_REFUSED: Mapping[DateRefusal, type[RuleBroken]] = {
    "used": DateChangeUsed,
    "in_cure": DateChangeInCure,
    "over": DateChangeOver,
    "no_room": DateChangeNoRoom,
}


class ChangeLimits(NamedTuple):
    """The policy's numbers: how many days later than printed; of a settlement from its start."""

    days: int
    settlement_days: int


@dataclass(frozen=True, slots=True)
class DateRange:
    """The working days one number may be moved to; it falls due on `due_on` now, already moved."""

    number: int
    due_on: date
    days: tuple[date, ...]

    @property
    def first_on(self) -> date:
        """Return the earliest day."""
        return self.days[0]

    @property
    def last_on(self) -> date:
        """Return the latest day."""
        return self.days[-1]

    @property
    def suggested(self) -> tuple[date, ...]:
        """Return three of the days at most, spread, the latest among them."""
        count = len(self.days)
        places = {count * step // SUGGESTED - 1 for step in range(1, SUGGESTED + 1)}
        return tuple(self.days[place] for place in sorted(places) if place >= 0)


@dataclass(frozen=True, slots=True)
class DateChoice:
    """The numbers that may be moved, the next due first."""

    ranges: tuple[DateRange, ...]

    def of(self, number: int) -> DateRange | None:
        """Return the days of a number; None where it cannot be moved."""
        return next((one for one in self.ranges if one.number == number), None)


class DateChosen(NamedTuple):
    """A number, when it falls due now, and the working day it is moved to."""

    number: int
    from_on: date
    due_on: date


def changes_open(
    account: Account, today: date, *, limits: ChangeLimits
) -> DateChoice | DateRefusal:
    """Return which numbers may be moved to which days, or why none may.

    Older agreements have it too; regular instalments beside a catch-up never move.
    Source: rules part 1, first payment and date change.
    """
    if account.date_changes:
        return "used"
    stands = standing(account, today)
    if stands.state in ("broken", "completed"):
        return "over"
    if stands.state == "in_cure":
        return "in_cure"
    ranges = tuple(one for one in _ranges(account, stands, today, limits) if one.days)
    return DateChoice(ranges) if ranges else "no_room"


def chosen_date(
    account: Account, today: date, *, limits: ChangeLimits, number: int, due_on: date
) -> DateChosen:
    """Return a number's new date, on a working day.

    Raises: DateChangeUsed, DateChangeInCure, DateChangeOver, DateChangeNoRoom;
            InstalmentNotMovable; DateOutside, which names the first day and the last.
    Source: rules part 1, first payment and date change.
    """
    choice = changes_open(account, today, limits=limits)
    if isinstance(choice, str):
        raise _REFUSED[choice]
    found = choice.of(number)
    if found is None:
        raise InstalmentNotMovable
    # What is far outside is refused before any calendar is asked.
    is_near = found.due_on < due_on <= found.last_on
    moved = moved_day(account, due_on) if is_near else due_on
    if moved not in found.days:
        raise DateOutside(first=found.first_on, last=found.last_on)
    return DateChosen(number, found.due_on, moved)


def moved_day(account: Account, day: date) -> date:
    """Return a day, or the next working day of the account's calendar where it is none.

    Source: rules part 1, how a signed plan is kept: dates.
    """
    return _calendar(account).moved(day)


def _calendar(account: Account) -> WorkCalendar:
    return WorkCalendar(account.plan.holidays, account.plan.workdays)


def _ranges(
    account: Account, stands: PlanStanding, today: date, limits: ChangeLimits
) -> Iterator[DateRange]:
    own = [one for one in stands.instalments if not one.is_regular]
    due = {one.number: one.due_on for one in own}
    left = {one.number for one in own if one.left_fen}
    printed = {part.number: part.due_on for kept in account.plan.loans for part in kept.parts}
    calendar = _calendar(account)
    for number in sorted(left, key=due.__getitem__):
        if due[number] <= today:
            continue
        latest = printed[number] + timedelta(days=limits.days)
        if account.plan.kind == "settlement":
            latest = min(latest, account.plan.start_on + timedelta(days=limits.settlement_days))
        later = (day - _DAY for day in due.values() if day > due[number])
        yield DateRange(
            number, due[number], tuple(_working(calendar, due[number], min((latest, *later))))
        )


def _working(calendar: WorkCalendar, after: date, until: date) -> Iterator[date]:
    """Yield the working days after a day up to another."""
    day = calendar.after(after, 1)
    while day <= until:
        yield day
        day = calendar.after(day, 1)
