"""The plan nearest to one that was refused which policy would approve at once, by figures."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from app.domain.errors import RuleBroken
from app.domain.kinds.options import plan_options
from app.domain.kinds.settlement import is_small
from app.domain.plan import (
    Choice,
    OwedLoan,
    PlanOption,
    PlanRequest,
    days_to_choose,
)
from app.domain.policy import PlanFacts, Policy

# A larger first payment is named in whole yuan.
STEP_FEN = 100
# What the journey leads to.
PROPOSED_KINDS = ("reamortise", "settlement")


class Nearest(NamedTuple):
    """A plan that policy approves at once, with the request and the answer that lead to it."""

    request: PlanRequest
    choice: Choice
    option: PlanOption


@dataclass(frozen=True, slots=True)
class _Search:
    debts: Sequence[OwedLoan]
    policy: Policy
    facts: PlanFacts

    @property
    def payoff_fen(self) -> int:
        """Return what would pay off every loan, in fen."""
        return sum(one.owed.payoff_fen for one in self.debts)

    def options(self, request: PlanRequest) -> Sequence[PlanOption]:
        """Return the plans for a request; none where the rules refuse it."""
        try:
            return plan_options(self.debts, request, self.policy, self.facts).options
        except RuleBroken:
            return ()

    def at_once(self, request: PlanRequest) -> list[PlanOption]:
        """Return those that policy approves at once."""
        return [one for one in self.options(request) if one.verdict == "at_once"]

    def named(self, request: PlanRequest, wanted: PlanOption) -> Nearest | None:
        """Return a plan with the answer that picks it among those for the request."""
        same = (one for one in self.at_once(request) if one.loans == wanted.loans)
        found = next(same, None)
        return None if found is None else Nearest(request, found.names[0], found)


def nearest_plans(
    debts: Sequence[OwedLoan],
    asked: PlanRequest,
    policy: Policy,
    facts: PlanFacts,
    kinds: Collection[str] = PROPOSED_KINDS,
) -> tuple[Nearest, ...]:
    """Return, of each kind that has one, the plan nearest to what was asked that policy approves at
    once: the kind asked for first, one payment of everything last.

    The first payment stays as asked where any such plan is, else it is the least larger one in
    whole yuan. Then the monthly amount is no higher than asked where that can be, and nearest to
    it. Who has nothing left is told no plan: a person and breathing space come first (ADR 0051).
    Units:  fen; `asked.monthly_fen` is what was asked a month, or what the refused plan came to.
    Raises: ValueError when arrears are not at the start.
    Source: default policy, approved at once; rules part 1, how a plan is computed; I-06.
    """
    if asked.surplus_fen is not None and asked.surplus_fen <= 0:
        return ()
    search = _Search(debts, policy, facts)
    # Whatever plan is asked for on a small debt, one payment settles it.
    wanted = [kind for kind in kinds if kind == "settlement"] if is_small(debts, policy) else kinds
    order = sorted(wanted, key=lambda kind: (kind != asked.kind, kind == "settlement", kind))
    found = (_nearest_of(kind, search, asked) for kind in order)
    return tuple(one for one in found if one is not None)


def _nearest_of(kind: str, search: _Search, asked: PlanRequest) -> Nearest | None:
    if kind == "settlement":
        return _settlement(search, asked)
    if kind == "deferral":
        return _deferral(search, asked)
    if kind == "catch_up":
        return _in_instalments(search, replace(asked, kind="catch_up"))
    if kind == "step_up":
        # Low months of one's own are not made up.
        return _in_instalments(search, replace(asked, kind="step_up")) if asked.low_months else None
    return _in_instalments(search, replace(asked, kind="reamortise"))


def _settlement(search: _Search, asked: PlanRequest) -> Nearest | None:
    days = days_to_choose(search.policy, asked.start_on)
    pay_on = asked.pay_on if asked.pay_on in days else days[-1]
    request = replace(
        asked, kind="settlement", pay_on=pay_on, sum_fen=None, upfront_fen=0, periods=None
    )
    return _first(search.named(request, one) for one in search.at_once(request))


def _deferral(search: _Search, asked: PlanRequest) -> Nearest | None:
    months = range(1, search.policy.kinds.deferral_months + 1)
    near = sorted(months, key=lambda count: (abs(count - asked.months), count))
    requests = (replace(asked, kind="deferral", months=count) for count in near)
    return _first(search.named(one, plan) for one in requests for plan in search.at_once(one))


def _in_instalments(search: _Search, asked: PlanRequest) -> Nearest | None:
    request = replace(asked, periods=None, pay_on=None, sum_fen=None)
    # What was paid since may leave too little for the first payment asked.
    if not search.options(replace(request, monthly_fen=search.payoff_fen)):
        request = replace(request, upfront_fen=0)
    as_asked = _of_any_count(search, request)
    if as_asked is not None:
        return as_asked
    upfront = _least_first_payment(search, request)
    if upfront is None:
        return None
    return _of_any_count(search, replace(request, upfront_fen=upfront))


def _of_any_count(search: _Search, request: PlanRequest) -> Nearest | None:
    """Return the nearest plan with this first payment, whatever its number of instalments."""
    asked = request.monthly_fen
    # A debt so small that the usual least count is too many has a plan by its amount alone.
    by_amount = search.at_once(request)
    by_count = [
        plan
        for count in _counts(search.policy)
        for plan in search.at_once(_with_count(request, count))
    ]
    near = sorted(
        [*by_amount, *by_count],
        key=lambda one: (max(0, one.highest_fen - asked), abs(one.highest_fen - asked)),
    )
    # Pages ask for a monthly amount: a plan that no amount leads to is not offered.
    return _first(search.named(replace(request, monthly_fen=one.highest_fen), one) for one in near)


def _least_first_payment(search: _Search, request: PlanRequest) -> int | None:
    """Return the least larger first payment with which a plan is approved at once, in fen; None
    where none helps.
    """
    least = None
    # The longest plan mostly asks for the least; the others are looked through only where they ask
    # for less.
    for count in reversed(_counts(search.policy)):
        wanted = _with_count(request, count)
        if least is None or search.at_once(_paying_first(wanted, least - 1)):
            least = _least_step(search, wanted) or least
    return None if least is None else least * STEP_FEN


def _least_step(search: _Search, request: PlanRequest) -> int | None:
    def refuses(step: int) -> bool:
        return not search.options(_paying_first(request, step))

    def approves(step: int) -> bool:
        return bool(search.at_once(_paying_first(request, step)))

    # The more is paid first, the less stands against a plan, until too little is left to spread.
    steps = range(request.upfront_fen // STEP_FEN + 1, search.payoff_fen // STEP_FEN + 1)
    possible = steps[: bisect_left(steps, True, key=refuses)]
    if not possible or not approves(possible[-1]):
        return None
    return possible[bisect_left(possible, True, key=approves)]


def _paying_first(request: PlanRequest, step: int) -> PlanRequest:
    return replace(request, upfront_fen=step * STEP_FEN)


def _with_count(request: PlanRequest, count: int) -> PlanRequest:
    return replace(request, periods=count, monthly_fen=0)


def _counts(policy: Policy) -> range:
    return range(1, policy.plans.at_once_periods + 1)


def _first(found: Iterable[Nearest | None]) -> Nearest | None:
    return next((one for one in found if one is not None), None)
