"""Plans that fit what a borrower can pay: the computation of re-amortised debts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from app.domain.allocation import Components, allocate
from app.domain.arrears import Arrears
from app.domain.calendar import PayDay, pay_dates
from app.domain.errors import RuleBroken
from app.domain.explanation import N_
from app.domain.irr import annual_rate
from app.domain.loan import LoanTerms, Method
from app.domain.money import PPM, div_half_up
from app.domain.policy import NothingOwed, PlanFacts, Policy, RuleResult, Verdict, judge, verdict
from app.domain.schedule import ScheduleImpossible, amortise

Choice = Literal["best_fit", "lowest", "fastest"]
PlanKind = Literal["reamortise", "settlement"]


class MonthlyNeeded(RuleBroken):
    """A plan needs a monthly amount above zero."""

    code = "monthly_needed"
    message = N_("请写每月能还的金额，要比 0 多")


class FirstPaymentTooLarge(RuleBroken):
    """The first payment leaves nothing to plan."""

    code = "first_payment_too_large"
    message = N_("先还的这一笔已经够全部结清，不用再分期；想分期的话请写少一些")


class PeriodsOutside(RuleBroken):
    """A plan has from one instalment to the policy's most."""

    code = "periods_outside"
    message = N_("期数超出了可以选的范围，请重新选择")


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What the borrower asked for.

    Units: fen; surplus_fen is income less essential spending, None where it was not told; start_on is the
           version's start, the date the arrears are computed for; principal_first is the contract's own order.
    """

    monthly_fen: int
    upfront_fen: int
    surplus_fen: int | None
    pay_day: PayDay
    start_on: date
    principal_first: bool = False


class PlanInstalment(NamedTuple):
    """One instalment of a plan, by component.

    Units: fen; interest_fen is the plan's own interest, old_interest_fen what was owed before it.
    """

    number: int
    due_on: date
    principal_fen: int
    interest_fen: int
    old_interest_fen: int
    penalty_fen: int
    fee_fen: int

    @property
    def amount_fen(self) -> int:
        """Return what is paid on the day, in fen."""
        return self.principal_fen + self.interest_fen + self.old_interest_fen + self.penalty_fen + self.fee_fen


@dataclass(frozen=True, slots=True)
class PlanOption:
    """One plan with everything it says.

    Units: fen; annual_ppm is the plan's rate, annual_rate the IRR shown (a fraction with four decimals); planned is
           what is planned by component after waiver and first payment; total_fen = first payment + instalments.
    """

    kind: PlanKind
    choices: tuple[Choice, ...]
    periods: int
    annual_ppm: int
    upfront_fen: int
    upfront_parts: Components
    planned: Components
    waived_fen: int
    total_fen: int
    plan_interest_fen: int
    annual_rate: Decimal
    instalments: tuple[PlanInstalment, ...]
    results: tuple[RuleResult, ...]
    verdict: Verdict
    reasons: tuple[str, ...]

    @property
    def highest_fen(self) -> int:
        """Return the highest instalment, in fen."""
        return max(one.amount_fen for one in self.instalments)


@dataclass(frozen=True, slots=True)
class Offer:
    """The options for a request; without any, the smallest monthly amount that could carry a plan.

    Units: fen.
    """

    options: tuple[PlanOption, ...]
    smallest_fen: int | None
    income_asked: bool


def plan_options(terms: LoanTerms, owed: Arrears, request: PlanRequest, policy: Policy, facts: PlanFacts) -> Offer:
    """Return the plans that fit a request, fewest instalments first.

    Raises: NothingOwed, MonthlyNeeded, FirstPaymentTooLarge; ValueError when the arrears are not at the start.
    Source: rules part 1, how a plan is computed.
    """
    maker = _Maker.of(terms, owed, request, policy, facts)
    if maker.is_settlement:
        return Offer((maker.settlement(),), None, income_asked=False)
    chosen = _choose(maker) or _propose(maker)
    options = tuple(maker.option(draft, choices) for draft, choices in chosen)
    return Offer(options, None if options else _longest_without_rate(maker).highest_fen, maker.income_asked)


def option_for(
    terms: LoanTerms,
    owed: Arrears,
    request: PlanRequest,
    policy: Policy,
    facts: PlanFacts,
    *,
    periods: int,
    annual_ppm: int,
    choices: tuple[Choice, ...] = (),
) -> PlanOption:
    """Compute one plan of so many instalments at a rate; a debt below the policy's limit is a settlement.

    Units:  ppm a year, under the ceiling.
    Raises: NothingOwed, MonthlyNeeded, FirstPaymentTooLarge, PeriodsOutside, ScheduleImpossible; ValueError for a
            rate above the ceiling or arrears that are not at the start.
    Source: rules part 1, how a plan is computed.
    """
    if not 0 <= annual_ppm <= policy.ceiling_ppm:
        raise ValueError(f"a plan rate of {annual_ppm} ppm")
    maker = _Maker.of(terms, owed, request, policy, facts)
    if maker.is_settlement:
        return maker.settlement()
    if not 1 <= periods <= policy.max_periods:
        raise PeriodsOutside
    return maker.option(maker.draft(periods, annual_ppm), choices)


@dataclass(frozen=True, slots=True)
class _Draft:
    annual_ppm: int
    instalments: tuple[PlanInstalment, ...]
    highest_fen: int
    lowest_fen: int

    @property
    def periods(self) -> int:
        return len(self.instalments)


@dataclass(frozen=True, slots=True)
class _Maker:
    """What every option of one request shares: what is planned, the dates and the contract's rate."""

    terms: LoanTerms
    request: PlanRequest
    policy: Policy
    facts: PlanFacts
    payoff: Components
    planned: Components
    upfront_parts: Components
    waived_fen: int
    dates: tuple[date, ...]
    contract_ppm: int

    @classmethod
    def of(
        cls, terms: LoanTerms, owed: Arrears, request: PlanRequest, policy: Policy, facts: PlanFacts
    ) -> "_Maker":
        if owed.as_of != request.start_on or request.upfront_fen < 0:
            raise ValueError("arrears are computed at the plan's start, a first payment is never negative")
        if not owed.payoff_fen:
            raise NothingOwed
        if request.monthly_fen <= 0:
            raise MonthlyNeeded
        waived, upfront, planned = 0, Components(), owed.net
        if owed.payoff_fen >= policy.small_debt_fen:
            waived = _waiver(owed, policy)
            planned = _less(planned, Components(penalty_fen=waived))
            if request.upfront_fen >= planned.total:
                raise FirstPaymentTooLarge
            upfront = allocate(request.upfront_fen, planned, request.principal_first)
            planned = _less(planned, upfront)
        return cls(
            terms=terms,
            request=request,
            policy=policy,
            facts=replace(facts, over_ceiling=facts.over_ceiling or owed.excess_fen > 0),
            payoff=owed.net,
            planned=planned,
            upfront_parts=upfront,
            waived_fen=waived,
            dates=pay_dates(request.start_on, request.pay_day, policy.max_periods, policy.lead_days),
            contract_ppm=min(terms.annual_ppm, policy.ceiling_ppm),
        )

    @property
    def is_settlement(self) -> bool:
        return self.payoff.total < self.policy.small_debt_fen

    @property
    def income_asked(self) -> bool:
        planned, policy = self.planned.total, self.policy
        months = policy.income_asked_months * self.request.monthly_fen
        return planned > policy.income_asked_over_fen or planned > months

    @property
    def first_days(self) -> int:
        return (self.dates[0] - self.request.start_on).days

    def draft(self, periods: int, annual_ppm: int) -> _Draft:
        """Spread what is planned over so many instalments.

        Raises: ScheduleImpossible.
        """
        planned = self.planned
        rows = amortise(planned.principal_fen, annual_ppm, periods, Method.EQUAL_INSTALMENT)
        short = div_half_up(planned.principal_fen * annual_ppm * self.first_days, PPM * self.terms.day_basis)
        interest = [min(rows[0][1], short), *(row[1] for row in rows[1:])]
        parts = zip(
            range(1, periods + 1),
            self.dates,
            (row[0] for row in rows),
            interest,
            split_evenly(planned.interest_fen, periods),
            split_evenly(planned.penalty_fen, periods),
            split_evenly(planned.fee_fen, periods),
            strict=False,
        )
        instalments = tuple(PlanInstalment(*each) for each in parts)
        amounts = [one.amount_fen for one in instalments]
        return _Draft(annual_ppm, instalments, max(amounts), min(amounts))

    def drafts(self, counts: Iterable[int], annual_ppm: int) -> Iterator[_Draft]:
        """Yield the drafts that can be computed and whose every instalment is large enough; one instalment always is."""
        for periods in counts:
            try:
                draft = self.draft(periods, annual_ppm)
            except ScheduleImpossible:
                continue
            if periods == 1 or draft.lowest_fen >= self.policy.min_instalment_fen:
                yield draft

    def option(self, draft: _Draft, choices: tuple[Choice, ...]) -> PlanOption:
        """Judge a draft and tell all about it."""
        facts = replace(
            self.facts,
            planned_fen=self.planned.total,
            periods=draft.periods,
            highest_fen=draft.highest_fen,
            lowest_fen=draft.lowest_fen,
            plan_ppm=draft.annual_ppm,
            contract_ppm=self.contract_ppm,
            surplus_fen=self.request.surplus_fen,
            income_asked=self.income_asked,
            settlement=self.is_settlement,
        )
        results = judge(self.policy, facts)
        decided, reasons = verdict(results)
        amounts = [one.amount_fen for one in draft.instalments]
        return PlanOption(
            kind="settlement" if self.is_settlement else "reamortise",
            choices=choices,
            periods=draft.periods,
            annual_ppm=draft.annual_ppm,
            upfront_fen=self.upfront_parts.total,
            upfront_parts=self.upfront_parts,
            planned=self.planned,
            waived_fen=self.waived_fen,
            total_fen=self.upfront_parts.total + sum(amounts),
            plan_interest_fen=sum(one.interest_fen for one in draft.instalments),
            annual_rate=annual_rate(self.planned.total, amounts, self.first_days),
            instalments=draft.instalments,
            results=results,
            verdict=decided,
            reasons=reasons,
        )

    def settlement(self) -> PlanOption:
        """Settle a small debt with one payment; nothing accrues until then."""
        start, planned = self.request.start_on, self.planned
        latest = start + timedelta(days=self.policy.small_debt_days)
        pay_day = pay_dates(start, self.request.pay_day, 1, lead_days=1)[0]
        parts = (planned.principal_fen, 0, planned.interest_fen, planned.penalty_fen, planned.fee_fen)
        one = PlanInstalment(1, min(pay_day, latest), *parts)
        return self.option(_Draft(self.contract_ppm, (one,), one.amount_fen, one.amount_fen), ("best_fit",))


def _less(one: Components, other: Components) -> Components:
    return Components(*(mine - taken for mine, taken in zip(one, other, strict=True)))


def _waiver(owed: Arrears, policy: Policy) -> int:
    if owed.days_past_due < policy.waiver_from_days:
        return 0
    return div_half_up(owed.net.penalty_fen * policy.waiver_penalty_ppm, PPM)


def split_evenly(fen: int, count: int) -> list[int]:
    """Split an amount into whole fen, rounded down, the rest on the last.

    Source: rules part 1, reamortise.
    """
    each, rest = divmod(fen, count)
    return [each] * (count - 1) + [each + rest]


def _choose(maker: _Maker) -> list[tuple[_Draft, tuple[Choice, ...]]]:
    """Return best fit, lowest and fastest, equal ones together, where some count a borrower may take fits."""
    drafts = _self_service(maker)
    fitting = [draft for draft in drafts if draft.highest_fen <= maker.request.monthly_fen]
    if not fitting:
        return []
    named: dict[Choice, _Draft] = {"best_fit": fitting[0], "lowest": fitting[-1]}
    fast = next((draft for draft in drafts if _is_fast_enough(maker, draft.highest_fen)), None)
    if fast is not None:
        named["fastest"] = fast
    together: dict[int, list[Choice]] = {}
    for choice, draft in named.items():
        together.setdefault(draft.periods, []).append(choice)
    by_periods = {draft.periods: draft for draft in named.values()}
    return [(by_periods[periods], tuple(together[periods])) for periods in sorted(together)]


def _self_service(maker: _Maker) -> list[_Draft]:
    """Return what a borrower may take, fewest first; below the usual least only where that would be too small."""
    policy = maker.policy
    least = policy.min_periods
    usual = list(maker.drafts(range(least, policy.self_service_periods + 1), maker.contract_ppm))
    if usual and usual[0].periods == least:
        return usual
    return list(maker.drafts(range(1, least), maker.contract_ppm))


def _is_fast_enough(maker: _Maker, highest_fen: int) -> bool:
    monthly, surplus, policy = maker.request.monthly_fen, maker.request.surplus_fen, maker.policy
    if surplus is None:
        return highest_fen * PPM <= monthly * policy.fastest_without_income_ppm
    if surplus <= 0:
        return False
    return highest_fen <= monthly or highest_fen * PPM <= surplus * policy.surplus_share_ppm


def _propose(maker: _Maker) -> list[tuple[_Draft, tuple[Choice, ...]]]:
    """Return the one plan a person may decide where none fits: longer, then at half the rate, then without interest."""
    policy, monthly, rate = maker.policy, maker.request.monthly_fen, maker.contract_ppm
    counts = range(policy.self_service_periods + 1, policy.max_periods + 1)
    for annual_ppm in dict.fromkeys((rate, rate // 2, 0)):
        for draft in maker.drafts(counts, annual_ppm):
            if draft.highest_fen <= monthly:
                return [(draft, ("best_fit",))]
    longest = _longest_without_rate(maker)
    return [(longest, ("best_fit",))] if longest.highest_fen <= monthly else []


def _longest_without_rate(maker: _Maker) -> _Draft:
    """Return the longest plan without interest whose every instalment is large enough."""
    return next(maker.drafts(range(maker.policy.max_periods, 0, -1), 0))
