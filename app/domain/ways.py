"""Which kinds of plan suit what a borrower says about when it will be easier again, and why another
cannot be had.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from app.domain.errors import RuleBroken
from app.domain.kinds.catch_up import ArrearsTooSmall, CatchUpTooLate
from app.domain.kinds.ground import OneLoanOnly, ground_of
from app.domain.kinds.options import plan_options
from app.domain.kinds.step_up import least_low_fen
from app.domain.plan import OwedLoan, PlanKind, PlanRequest
from app.domain.policy import PlanFacts, Policy
from app.domain.proposing import OWN_CONTRACT, AlreadyOverdue, NotInAChange, NotOverdue
from app.domain.texts import N_

Ease = Literal["already", "in_months", "unknown", "sum_at_hand", "not_behind"]
EASES: tuple[Ease, ...] = ("already", "in_months", "unknown", "sum_at_hand", "not_behind")
# From this number on the answer is "so many or more".
MOST_MONTHS = 6
# More than three to choose from at once is no help.
MOST_AT_ONCE = 3
KINDS: tuple[PlanKind, ...] = ("reamortise", "step_up", "catch_up", "settlement", "deferral")
# What suits an answer, the most fitting first; what is left out is a tap away.
SUITS: Mapping[Ease, tuple[PlanKind, ...]] = {
    "already": ("catch_up", "reamortise"),
    "in_months": ("step_up", "reamortise", "deferral"),
    "unknown": ("reamortise", "step_up", "deferral"),
    "sum_at_hand": ("settlement", "reamortise"),
    "not_behind": ("deferral", "reamortise"),
}


class TooLittleToStep(RuleBroken):
    """So little is owed that low instalments and higher ones are the same."""

    code = "too_little_to_step"
    message = N_("数目不大，分不出前少后多；可以直接重新分期")


@dataclass(frozen=True)
class UnfitWay:
    """A kind that these loans cannot have, and why."""

    kind: PlanKind
    refusal: RuleBroken


@dataclass(frozen=True)
class Ways:
    """Kinds that suit an answer, most fitting first; others that can be had; those that cannot."""

    first: tuple[PlanKind, ...]
    others: tuple[PlanKind, ...]
    unfit: tuple[UnfitWay, ...]

    @property
    def unfit_together(self) -> tuple[tuple[tuple[PlanKind, ...], RuleBroken], ...]:
        """Return the kinds that cannot be had, those of one reason together, with that reason."""
        found: dict[str, tuple[tuple[PlanKind, ...], RuleBroken]] = {}
        for one in self.unfit:
            kinds, why = found.get(one.refusal.code, ((), one.refusal))
            found[one.refusal.code] = (*kinds, one.kind), why
        return tuple(found.values())

    @property
    def possible(self) -> tuple[PlanKind, ...]:
        """Return every kind that can be had."""
        return (*self.first, *self.others)


def ways_for(
    ease: Ease | None,
    debts: Sequence[OwedLoan],
    policy: Policy,
    facts: PlanFacts,
    *,
    today: date,
) -> Ways:
    """Return the kinds for loans of a borrower, arranged by what they said; without an answer as
    for one who cannot say yet.

    Raises: ValueError when arrears are not at `today`.
    Source: rules part 1, which loans; default policy, catch-up, step-up, deferral.
    """
    refused = {kind: _refusal(kind, debts, policy, facts, today) for kind in KINDS}
    can_be_had = [kind for kind in KINDS if refused[kind] is None]
    suits = [kind for kind in SUITS[ease or "unknown"] if kind in can_be_had]
    # Where nothing of what suits can be had, what can be had comes first.
    first = (suits or can_be_had)[:MOST_AT_ONCE]
    return Ways(
        tuple(first),
        tuple(kind for kind in can_be_had if kind not in first),
        tuple(UnfitWay(kind, why) for kind, why in refused.items() if why is not None),
    )


def _refusal(
    kind: PlanKind, debts: Sequence[OwedLoan], policy: Policy, facts: PlanFacts, today: date
) -> RuleBroken | None:
    """Return why a kind cannot be had, whatever is asked of it; None where it can."""
    if facts.changes:
        if kind in OWN_CONTRACT:
            return NotInAChange()
    elif kind == "deferral" and any(one.owed.days_past_due for one in debts):
        return AlreadyOverdue()
    elif kind != "deferral" and any(not one.owed.days_past_due for one in debts):
        return NotOverdue()
    try:
        # The plan of the kind that is had most easily, by the engine that will judge the real one.
        plan_options(debts, _easiest(kind, debts, policy, facts, today), policy, facts)
    except (OneLoanOnly, CatchUpTooLate) as why:
        return why
    except RuleBroken as why:
        too_little = {"step_up": TooLittleToStep, "catch_up": ArrearsTooSmall}
        return too_little[kind]() if kind in too_little else why
    return None


def _easiest(
    kind: PlanKind, debts: Sequence[OwedLoan], policy: Policy, facts: PlanFacts, today: date
) -> PlanRequest:
    asked = PlanRequest(
        monthly_fen=sum(one.owed.payoff_fen for one in debts),
        upfront_fen=0,
        surplus_fen=None,
        pay_day=1,
        start_on=today,
        kind=kind,
        months=1,
    )
    if kind == "catch_up":
        return replace(asked, periods=policy.kinds.catch_up_min_periods)
    if kind == "step_up":
        # The fewest instalments are the highest, so that a low one is below them if ever.
        least = least_low_fen(ground_of(debts, asked, policy, facts))
        return replace(asked, periods=policy.plans.min_periods, low_fen=least, low_months=1)
    return asked
