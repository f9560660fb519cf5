"""Counter-offers computed beforehand, for staff to start from: one of an agent's reach, one of a
supervisor's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from app.domain.allocation import Components
from app.domain.authority import Level, authority_needed, widest
from app.domain.concession import (
    BorneLoan,
    Concession,
    Shape,
    concession_in,
    interest_given_up_fen,
)
from app.domain.errors import RuleBroken
from app.domain.kinds.ground import ground_of, in_order
from app.domain.kinds.options import plan_options
from app.domain.kinds.reamortise import Drafts, plan_rates
from app.domain.kinds.stating import contract_ppm_of, granted_of
from app.domain.kinds.telling import Draft
from app.domain.money import Rate, half_of
from app.domain.plan import DeferralWay, OwedLoan, PlanOption, PlanRequest, StatedTerms, summed
from app.domain.policy import PlanFacts, Policy, target_fen
from app.domain.schedule import ScheduleImpossible

# Parts of the contract's rate that are tried, the dearest first.
PARTS_OF_RATE = (Fraction(1), Fraction(3, 4), Fraction(1, 2), Fraction(1, 4), Fraction(0))


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """One counter-offer that could be made: what it asks for, the plan, what it gives up and whose
    word it needs.
    """

    request: PlanRequest
    option: PlanOption
    concession: Concession
    level: Level


def starting_points(
    debts: Sequence[OwedLoan],
    asked: PlanRequest,
    policy: Policy,
    facts: PlanFacts,
    *,
    highest_fen: int,
) -> tuple[StartingPoint, ...]:
    """Return up to two counter-offers near a borrower's own proposal: the nearest an agent may
    make, and one that a supervisor may, longer or at a lower rate.

    Units:  fen; highest_fen is the highest instalment of the borrower's own.
    Source: default policy, authority.
    """
    nearest = _Nearest(debts, asked, policy, facts)
    if asked.kind == "settlement":
        tried = [nearest.settled("agent"), nearest.settled("supervisor")]
    elif asked.kind == "deferral":
        tried = [nearest.deferred()]
    else:
        goal = asked.monthly_fen or highest_fen
        within = target_fen(policy, asked.surplus_fen) if asked.surplus_fen else goal
        tried = [
            nearest.spread("agent", goal, policy.authority.agent_periods),
            nearest.spread("supervisor", min(goal, within or goal), policy.plans.max_periods),
        ]
    found: list[StartingPoint] = []
    for one in tried:
        if one and one.option.instalments not in [other.option.instalments for other in found]:
            found.append(one)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Nearest:
    """The search on one borrower's loans."""

    debts: Sequence[OwedLoan]
    asked: PlanRequest
    policy: Policy
    facts: PlanFacts

    def spread(self, level: Level, goal_fen: int, most: int) -> StartingPoint | None:
        """Return the shortest plan within the goal, the dearest rate first; else the lowest."""
        lowest: tuple[int, PlanRequest] | None = None
        parts = PARTS_OF_RATE[:1] if level == "agent" else PARTS_OF_RATE
        for part in parts:
            for highest_fen, request in self._of_rate(level, part, most):
                if highest_fen <= goal_fen:
                    return self._made(request, level)
                if lowest is None or highest_fen < lowest[0]:
                    lowest = highest_fen, request
        return self._made(lowest[1], level) if lowest else None

    def settled(self, level: Level) -> StartingPoint | None:
        """Return the one payment that waives as much as someone may without any principal."""
        owed = summed(one.owed.net for one in self.debts)
        waived = Components(penalty_fen=owed.penalty_fen)
        if level == "supervisor":
            left = self.policy.authority.supervisor_interest_fen
            interest = min(owed.interest_fen, left)
            waived = waived._replace(
                interest_fen=interest, fee_fen=min(owed.fee_fen, left - interest)
            )
        request = replace(self.asked, sum_fen=None, stated=StatedTerms(waived))
        return self._made(request, level)

    def deferred(self) -> StartingPoint | None:
        """Return the deferral by as many months as policy approves at once."""
        months = min(self.asked.months, self.policy.kinds.deferral_at_once_months)
        way = self.asked.way if months < self.asked.months else _other(self.asked.way)
        stated = StatedTerms(Components())
        return self._made(replace(self.asked, months=months, way=way, stated=stated), "agent")

    def _of_rate(
        self, level: Level, part: Fraction, most: int
    ) -> Iterator[tuple[int, PlanRequest]]:
        """Yield what can be asked for within someone's reach, with its highest instalment in fen,
        the fewest instalments first; the annual rate, which takes long, is left to the one taken.
        """
        rates: dict[str, Rate] = {one.ref: self._rate(one, part) for one in self.debts}
        stated = StatedTerms(Components(penalty_fen=self._penalty_fen()), rates)
        request = replace(
            self.asked, kind="reamortise", monthly_fen=0, low_fen=0, low_months=0, stated=stated
        )
        try:
            ground = ground_of(self.debts, request, self.policy, self.facts)
        except RuleBroken:
            return
        counts = range(self.policy.plans.min_periods, most + 1)
        for draft in Drafts(ground, counts, plan_rates(ground)):
            if self._is_within(draft, level):
                yield draft.highest_fen, replace(request, periods=draft.periods)

    def _is_within(self, draft: Draft, level: Level) -> bool:
        debts = in_order(self.debts)
        loans = [
            BorneLoan(rows, contract_ppm_of(debt, self.policy), debt.terms.day_basis)
            for rows, debt in zip(draft.loans, debts, strict=True)
        ]
        shape = Shape("reamortise", self.asked.start_on)
        ceiling = self.policy.amounts.ceiling_ppm
        given = Concession(
            Components(), Components(), interest_given_up_fen(loans, shape, ceiling_ppm=ceiling)
        )
        needed = authority_needed(given, periods=draft.periods, policy=self.policy).level
        return widest((needed, level)) == level

    def _rate(self, debt: OwedLoan, part: Fraction) -> Rate:
        contract = contract_ppm_of(debt, self.policy)
        # Half is exactly half; the other parts are of our own choosing.
        return half_of(contract) if part == Fraction(1, 2) else int(contract * part)

    def _penalty_fen(self) -> int:
        """Return as much of the penalty as an agent may waive beside what policy grants."""
        owed = sum(one.owed.net.penalty_fen for one in self.debts)
        by_itself = summed(granted_of(one, "reamortise", self.policy) for one in self.debts)
        return min(owed, by_itself.penalty_fen + self.policy.authority.agent_penalty_fen)

    def _made(self, request: PlanRequest, level: Level) -> StartingPoint | None:
        try:
            offer = plan_options(self.debts, request, self.policy, self.facts)
        except (RuleBroken, ScheduleImpossible):
            return None
        option = offer.options[0]
        given = concession_in(option, self.debts, request, self.policy)
        needed = authority_needed(given, periods=option.periods, policy=self.policy).level
        if widest((needed, level)) != level:
            return None
        return StartingPoint(request, option, given, needed)


def _other(way: DeferralWay) -> DeferralWay:
    return "monthly" if way == "later" else "later"
