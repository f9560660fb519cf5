"""One plan of so many instalments at a rate: what is planned, spread, judged and told."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from app.domain.allocation import Components, allocate
from app.domain.arrears import Arrears
from app.domain.calendar import pay_dates
from app.domain.irr import annual_rate
from app.domain.loan import LoanTerms, Method
from app.domain.money import PPM, div_half_up
from app.domain.plan import (
    Choice,
    FirstPaymentTooLarge,
    MonthlyNeeded,
    PayDateOutside,
    PlanInstalment,
    PlanOption,
    PlanRequest,
    settlement_days,
)
from app.domain.policy import PlanFacts, Policy, judge, verdict
from app.domain.proposing import NothingOwed
from app.domain.schedule import ScheduleImpossible, amortise


@dataclass(frozen=True, slots=True)
class UnjudgedPlan:
    """A plan's instalments before they are judged.

    Units: fen; ppm a year.
    """

    annual_ppm: int
    instalments: tuple[PlanInstalment, ...]
    highest_fen: int
    lowest_fen: int

    @property
    def periods(self) -> int:
        """Return how many instalments there are."""
        return len(self.instalments)


@dataclass(frozen=True, slots=True)
class PlanMaker:
    """What every option of one request shares: what is planned, the dates and the contract's
    rate.
    """

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
    ) -> "PlanMaker":
        """Settle what is planned: the pay-off less the waiver less the first payment.

        Raises: NothingOwed, MonthlyNeeded, FirstPaymentTooLarge; ValueError when the arrears are
                not at the start.
        """
        if owed.as_of != request.start_on or request.upfront_fen < 0:
            raise ValueError(
                "arrears are computed at the plan's start, a first payment is never negative"
            )
        if not owed.payoff_fen:
            raise NothingOwed

        # A small debt is settled in one payment: a first payment and the monthly amount play no
        # part there, and nothing is waived (ADR 0001, 0011).
        waived, upfront, planned = 0, Components(), owed.net
        if owed.payoff_fen >= policy.plans.small_debt_fen:
            if request.monthly_fen <= 0:
                raise MonthlyNeeded

            # The waiver is in every offered option whatever the verdict, so it comes off before the
            # first payment is laid.
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
            # The mark on the loan is of its last file; the day's own figures may pass the ceiling
            # since.
            facts=replace(facts, over_ceiling=facts.over_ceiling or owed.excess_fen > 0),
            payoff=owed.net,
            planned=planned,
            upfront_parts=upfront,
            waived_fen=waived,
            dates=pay_dates(
                request.start_on, request.pay_day, policy.plans.max_periods, policy.plans.lead_days
            ),
            # The plan rate of a contract above the ceiling is the ceiling (M-01).
            contract_ppm=min(terms.annual_ppm, policy.amounts.ceiling_ppm),
        )

    @property
    def is_settlement(self) -> bool:
        """Tell whether the debt is so small that one payment settles it."""
        return self.payoff.total < self.policy.plans.small_debt_fen

    @property
    def income_asked(self) -> bool:
        """Tell whether the policy asks for the borrower's income."""
        # Held against what is planned after waiver and first payment, not against the whole debt
        # (ADR 0001).
        planned, policy = self.planned.total, self.policy
        months = policy.plans.income_asked_months * self.request.monthly_fen
        return planned > policy.plans.income_asked_over_fen or planned > months

    @property
    def first_days(self) -> int:
        """Return the days from the start to the first due date."""
        return (self.dates[0] - self.request.start_on).days

    def draft(self, periods: int, annual_ppm: int) -> UnjudgedPlan:
        """Spread what is planned over so many instalments.

        Raises: ScheduleImpossible.
        """
        planned = self.planned
        rows = spread_principal(
            planned.principal_fen,
            annual_ppm,
            periods,
            first_days=self.first_days,
            day_basis=self.terms.day_basis,
        )
        parts = zip(
            range(1, periods + 1),
            self.dates,
            (row[0] for row in rows),
            (row[1] for row in rows),
            split_evenly(planned.interest_fen, periods),
            split_evenly(planned.penalty_fen, periods),
            split_evenly(planned.fee_fen, periods),
            # The dates are as many as the policy's most instalments; zip takes the first ones.
            strict=False,
        )
        instalments = tuple(PlanInstalment(*each) for each in parts)
        amounts = [one.amount_fen for one in instalments]

        return UnjudgedPlan(annual_ppm, instalments, max(amounts), min(amounts))

    def drafts(self, counts: Iterable[int], annual_ppm: int) -> Iterator[UnjudgedPlan]:
        """Yield the drafts that can be computed with every instalment large enough; a single one
        always is.
        """
        for periods in counts:
            try:
                draft = self.draft(periods, annual_ppm)
            except ScheduleImpossible:
                # One count that cannot be computed says nothing of the others: fewer instalments
                # may well do.
                continue

            # One instalment is always allowed, else a debt just above the small one could have no
            # plan at all (ADR 0001).
            if periods == 1 or draft.lowest_fen >= self.policy.plans.min_instalment_fen:
                yield draft

    def option(self, draft: UnjudgedPlan, choices: tuple[Choice, ...]) -> PlanOption:
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
        """Settle a small debt with one payment on the day chosen, else the next pay day; nothing
        accrues until then.

        Raises: PayDateOutside.
        """
        start, planned, chosen = self.request.start_on, self.planned, self.request.pay_on
        days = settlement_days(self.policy, start)
        if chosen is not None and chosen not in days:
            raise PayDateOutside

        # From tomorrow on, without the lead of a plan in instalments, and never after the policy's
        # last day (ADR 0011).
        pay_day = chosen or min(pay_dates(start, self.request.pay_day, 1, lead_days=1)[0], days[-1])
        parts = (
            planned.principal_fen,
            0,
            planned.interest_fen,
            planned.penalty_fen,
            planned.fee_fen,
        )
        one = PlanInstalment(1, pay_day, *parts)

        return self.option(
            UnjudgedPlan(self.contract_ppm, (one,), one.amount_fen, one.amount_fen), ("best_fit",)
        )


def _less(one: Components, other: Components) -> Components:
    return Components(*(mine - taken for mine, taken in zip(one, other, strict=True)))


def _waiver(owed: Arrears, policy: Policy) -> int:
    if owed.days_past_due < policy.plans.waiver_from_days:
        return 0
    return div_half_up(owed.net.penalty_fen * policy.plans.waiver_penalty_ppm, PPM)


def split_evenly(fen: int, count: int) -> list[int]:
    """Split an amount into whole fen, rounded down, the rest on the last.

    Source: rules part 1, reamortise.
    """
    # Never rounded up: no instalment before the last is above its even share.
    each, rest = divmod(fen, count)
    return [each] * (count - 1) + [each + rest]


def spread_principal(
    principal_fen: int, annual_ppm: int, periods: int, *, first_days: int, day_basis: int
) -> list[tuple[int, int]]:
    """Return principal and plan interest of every instalment of a plan at a rate.

    Units:  fen; first_days runs from the start to the first due date.
    Raises: ScheduleImpossible.
    Source: rules part 1, reamortise.
    """
    rows = amortise(principal_fen, annual_ppm, periods, Method.EQUAL_INSTALMENT)
    # The first period may be longer or shorter than a month. Its interest is the lower of both ways
    # of counting; the principal of the row stays, so the gain is the borrower's in the first
    # instalment.
    short = div_half_up(principal_fen * annual_ppm * first_days, PPM * day_basis)
    interest = [min(rows[0][1], short), *(row[1] for row in rows[1:])]
    return [(row[0], bears) for row, bears in zip(rows, interest, strict=True)]
