"""What paying a signed plan off takes on a day, line by line; the lines sum to the quote."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

from app.domain.errors import RuleBroken
from app.domain.keeping.account import Account
from app.domain.keeping.ground import OLD_COMPONENTS, DueGroup
from app.domain.keeping.missing import Walked, walked
from app.domain.keeping.money_run import MoneyRun, RunningInterest
from app.domain.keeping.standing import standing
from app.domain.money import Rate
from app.domain.texts import N_

# What the policy says where nobody asks it.
QUOTE_DAYS = 30


class NoQuote(RuleBroken):
    """There is no plan to pay off any more."""

    code = "no_quote"
    message = N_("这份方案已经还清，不用再付")


class BrokenPlan(NoQuote):
    """The plan was broken: the contract's own figures count."""

    code = "broken_plan"
    message = N_("这份方案已经终止，要还的按借款合同算")


class ReplacedPlan(NoQuote):
    """Another agreement took the plan's place: what is left is in that one."""

    code = "replaced_plan"
    message = N_("这份协议已经由新的取代，余下的按新的协议还")


class DayNotQuoted(RuleBroken):
    """Quotes are for today and the days after it that the policy names."""

    code = "day_not_quoted"
    message = N_("请选 %(first)s 到 %(last)s 之间的一天（含这两天）")


class PaidByThen(RuleBroken):
    """What lies ahead pays the plan off by itself before the day."""

    code = "paid_by_then"
    message = N_("到那一天，放在前面的钱就够了，不用再付")


class QuotedDue(NamedTuple):
    """What is open of an instalment that is due by the day; `is_regular` where the contract asks it
    beside the plan.

    Units: fen, all loans together.
    """

    number: int
    is_regular: bool
    due_on: date
    fen: int


class QuotedInterest(NamedTuple):
    """Interest of a loan from the last due date to the day.

    Units: fen, ppm a year; fen is at most what the period asks, saved_fen what money ahead lowered.
    """

    ref: str
    principal_fen: int
    annual_ppm: Rate
    from_on: date
    days: int
    day_basis: int
    fen: int
    saved_fen: int
    is_capped: bool


@dataclass(frozen=True, slots=True)
class CountedMoney:
    """The payments that a quote takes as all there are, in fen; last_on is None without any."""

    payments: int
    fen: int
    last_on: date | None


@dataclass(frozen=True, slots=True)
class Quote:
    """What pays a plan off on a day where nothing else arrives until then.

    Units: fen. Due, old and principal and interest, less what lies ahead and what it saved, is the
           sum; spared_fen is what keeping the plan to its end would cost more.
    """

    day: date
    today: date
    due: tuple[QuotedDue, ...]
    old_fen: int
    principal_fen: int
    interest: tuple[QuotedInterest, ...]
    ahead_fen: int
    spared_fen: int
    counted: CountedMoney

    @property
    def due_fen(self) -> int:
        """Return what is open of what is due by the day."""
        return sum(one.fen for one in self.due)

    @property
    def interest_fen(self) -> int:
        """Return the interest of the running days, before what money ahead saved."""
        return sum(one.fen for one in self.interest)

    @property
    def saved_fen(self) -> int:
        """Return what money ahead saved of it."""
        return sum(one.saved_fen for one in self.interest)

    @property
    def sum_fen(self) -> int:
        """Return the sum to pay."""
        owed = self.due_fen + self.old_fen + self.principal_fen + self.interest_fen
        return owed - self.saved_fen - self.ahead_fen

    @property
    def falls_due(self) -> tuple[QuotedDue, ...]:
        """Return what falls due after today and by the day: it is in the sum, paid or not."""
        return tuple(one for one in self.due if one.due_on > self.today)


def last_quoted(today: date, within_days: int = QUOTE_DAYS) -> date:
    """Return the last day for which a quote is given.

    Source: rules part 1, quote.
    """
    return today + timedelta(days=within_days)


def quote(account: Account, day: date, today: date, *, within_days: int = QUOTE_DAYS) -> Quote:
    """Tell what pays a plan off on a day from today on, where nothing else arrives.

    Units:  fen; the sum is the payoff_fen of `standing` on that day.
    Raises: DayNotQuoted; NoQuote, of a broken plan BrokenPlan, of a replaced one ReplacedPlan;
            PaidByThen.
    Source: rules part 1, quote; M-11.
    """
    last = last_quoted(today, within_days)
    if not today <= day <= last:
        raise DayNotQuoted(first=today.isoformat(), last=last.isoformat())
    if account.replaced is not None:
        raise ReplacedPlan
    if walked(account, today).run.completed_on:
        raise NoQuote
    found = walked(account, day)
    if found.broken_on:
        raise BrokenPlan
    if found.run.completed_on:
        raise PaidByThen

    run = found.run
    old, principal = _later(found)
    interest = tuple(_interest(account, run.running(day)))
    quoted = Quote(
        day=day,
        today=today,
        due=tuple(_due(run)),
        old_fen=old,
        principal_fen=principal,
        interest=interest,
        ahead_fen=run.ahead_fen,
        spared_fen=0,
        counted=_counted(account, today),
    )
    return replace(quoted, spared_fen=max(0, kept_to_end(account, day) - quoted.sum_fen))


def kept_to_end(account: Account, day: date) -> int:
    """Return what is still to pay from a day on where each instalment is paid on its date and what
    lies ahead goes on lowering interest; of a catch-up what the contract asks later is left out.

    Units:  fen.
    Source: rules part 1, how a signed plan is kept: money ahead.
    """
    # Nobody breaks a plan that is kept.
    kept = replace(account, supposes_notices=False)
    end = max(one.due_on for one in walked(kept, day).ground.groups if not one.is_regular)
    found = standing(kept, max(day, end))
    later = (one for one in found.instalments if one.is_regular and day < one.due_on <= end)
    return (found.left_fen or 0) - sum(one.amount_fen for one in later)


def _due(run: MoneyRun) -> Iterator[QuotedDue]:
    for group in run.asked:
        if fen := run.open_of(group):
            yield QuotedDue(group.number, group.is_regular, group.due_on, fen)


def _later(found: Walked) -> tuple[int, int]:
    """What was owed before the plan, and principal, of what falls due later."""
    ground = found.ground
    # In a deferral the contract's interest runs day by day like that of the plan.
    names = OLD_COMPONENTS[:2] if ground.account.plan.kind == "deferral" else OLD_COMPONENTS
    later = [one for one in ground.groups[found.run.due :] if not one.is_regular]
    return _sum(found, later, names), _sum(found, later, ("principal",))


def _sum(found: Walked, groups: Iterable[DueGroup], names: tuple[str, ...]) -> int:
    lines = (found.ground.lines[i] for group in groups for i in group.lines)
    return sum(line.fen for line in lines if line.component in names)


def _interest(
    account: Account, running: Iterable[RunningInterest | None]
) -> Iterator[QuotedInterest]:
    for one in running:
        if one is None or not one.runs_fen:
            continue
        kept = account.plan.loans[one.loan]
        yield QuotedInterest(
            ref=kept.ref,
            principal_fen=one.principal_fen,
            annual_ppm=kept.annual_ppm,
            from_on=one.from_on,
            days=one.days,
            day_basis=kept.day_basis,
            fen=one.runs_fen,
            # Never more than there is.
            saved_fen=min(one.saved_fen, one.runs_fen),
            is_capped=one.is_capped,
        )


def _counted(account: Account, today: date) -> CountedMoney:
    gone = {one.reverses for one in account.money if one.paid_on <= today}
    came = [
        one
        for one in account.money
        if one.reverses is None and one.paid_on <= today and one.number not in gone
    ]
    last = max((one.paid_on for one in came), default=None)
    return CountedMoney(len(came), sum(one.fen for one in came), last)
