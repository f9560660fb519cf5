"""What may be paid here now: the sums offered for a plan or a loan, and what an own sum may be."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, NamedTuple

from app.domain.calendar import midnight
from app.domain.errors import RuleBroken
from app.domain.keeping.account import Account, MoneyIn
from app.domain.keeping.quoting import quote
from app.domain.keeping.standing import InstalmentStanding, standing
from app.domain.money import yuan
from app.domain.texts import N_

OfferedAs = Literal["due", "cure", "ahead", "all", "own"]


class NothingToPay(RuleBroken):
    """Nothing of it is open."""

    code = "nothing_to_pay"
    message = N_("这里没有要付的了")


class SumMissing(RuleBroken):
    """An own sum was chosen and none was written."""

    code = "sum_missing"
    message = N_("请写这次付多少，例如 500")


class SumTooSmall(RuleBroken):
    """Zero, or less."""

    code = "sum_too_small"
    message = N_("请写比 0 多的数，1 分钱也可以付")


class SumTooLarge(RuleBroken):
    """More than all that is left."""

    code = "sum_too_large"
    message = N_("全部还清是 %(all)s，不用多付。请写这个数以内的金额")


class SumChanged(RuleBroken):
    """What was shown is no longer what is offered."""

    code = "sum_changed"
    message = N_("数刚刚变了，请看一眼新的数，再选一次")


class OfferedSum(NamedTuple):
    """A sum that is offered: as what, how many instalments it is for, and what it saves of interest
    where that is known. Units: fen.
    """

    kind: OfferedAs
    fen: int
    parts: int = 0
    saved_fen: int = 0


@dataclass(frozen=True)
class OfferedSums:
    """What is offered, the one to take first; an own sum is at most `most_fen`. Units: fen."""

    sums: tuple[OfferedSum, ...]
    most_fen: int

    def chosen(self, kind: str, *, shown_fen: int | None, own_fen: int | None) -> OfferedSum:
        """Return the sum that was chosen as it was shown.

        Raises: SumMissing, SumTooSmall, SumTooLarge for an own one; SumChanged.
        Source: rules part 1, how a signed plan is kept: money ahead, quote.
        """
        if kind == "own":
            return OfferedSum("own", self.own(own_fen))
        found = next((one for one in self.sums if one.kind == kind), None)
        if found is None or found.fen != shown_fen:
            raise SumChanged
        return found

    def own(self, fen: int | None) -> int:
        """Return an own sum that may be paid.

        Raises: SumMissing, SumTooSmall, SumTooLarge.
        """
        if fen is None:
            raise SumMissing
        if fen <= 0:
            raise SumTooSmall
        if fen > self.most_fen:
            raise SumTooLarge(all=yuan(self.most_fen))
        return fen


def sums_of_plan(account: Account, today: date) -> OfferedSums:
    """Return what is offered for a signed plan: what is due, what mends it, one instalment ahead,
    all of it by the quote of today.

    Units:  fen.
    Raises: NothingToPay where it is paid; NoQuote of a broken plan.
    Source: rules part 1, how a signed plan is kept: money ahead, quote.
    """
    stands = standing(account, today)
    if stands.state == "completed":
        raise NothingToPay
    whole = quote(account, today, today)
    open_ones = [one for one in stands.instalments if one.left_fen]
    due = [one for one in open_ones if one.due_on <= today]
    coming = [one for one in open_ones if one.due_on > today]
    next_on = min((one.due_on for one in coming), default=None)
    ahead = [one for one in coming if one.due_on == next_on]
    missed = [one for one in due if one.state == "missed"]
    saved = _saved(account, today, next_on, _sum(due + ahead))
    sums = [
        OfferedSum("cure", _sum(missed), _count(missed)),
        OfferedSum("due", _sum(due), _count(due)),
        OfferedSum("ahead", _sum(due + ahead), _count(due + ahead), saved),
    ]
    if _sum(missed) == _sum(due):
        # One of the two is enough: what mends the plan where that is what it takes.
        del sums[1 if stands.notice_on else 0]
    return _offered(sums, OfferedSum("all", whole.sum_fen, 0, whole.spared_fen))


def sums_of_loan(*, due_fen: int, next_fen: int, all_fen: int) -> OfferedSums:
    """Return what is offered for a loan without a plan: what is due today, the next instalment of
    its contract with it, all of it today.

    Units:  fen, what came and is in no file yet taken off.
    Raises: NothingToPay.
    """
    if all_fen <= 0:
        raise NothingToPay
    sums = [OfferedSum("due", due_fen)]
    if next_fen:
        sums.append(OfferedSum("ahead", due_fen + next_fen, 1))
    return _offered(sums, OfferedSum("all", all_fen))


def _offered(sums: Iterable[OfferedSum], whole: OfferedSum) -> OfferedSums:
    """What is less than all of it and more than the one before, then all."""
    found: list[OfferedSum] = []
    for one in sums:
        if (found[-1].fen if found else 0) < one.fen < whole.fen:
            found.append(one)
    return OfferedSums((*found, whole), whole.fen)


def _sum(parts: Iterable[InstalmentStanding]) -> int:
    return sum(one.left_fen for one in parts)


def _count(parts: Iterable[InstalmentStanding]) -> int:
    return len({one.number for one in parts if not one.is_regular})


def _saved(account: Account, today: date, next_on: date | None, fen: int) -> int:
    """What interest less is charged by the next due date where so much is paid today."""
    if next_on is None or fen <= 0:
        return 0
    # The last of its day, so that it ties with nothing.
    paid = MoneyIn("asked", today, date.max, midnight(today), fen)
    with_it = standing(replace(account, money=(*account.money, paid)), next_on)
    return max(0, with_it.released_fen - standing(account, next_on).released_fen)
