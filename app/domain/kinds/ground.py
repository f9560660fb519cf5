"""What all options of one request stand on: what is planned of each loan, and the dates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from app.domain.allocation import Components, allocate
from app.domain.calendar import add_months, pay_dates
from app.domain.errors import RuleBroken
from app.domain.kinds.spreading import Bearing, share
from app.domain.kinds.stating import contract_ppm_of, granted_of, plan_rates_of, waived_of
from app.domain.money import Rate, yuan
from app.domain.plan import FirstPaymentTooLarge, LoanShare, OwedLoan, PlanInstalment, PlanRequest
from app.domain.policy import PlanFacts, Policy
from app.domain.proposing import NothingOwed
from app.domain.texts import N_


class TooManyLoans(RuleBroken):
    """So many loans do not go into one plan."""

    code = "too_many_loans"
    message = N_("一份方案最多放 %(most)s 笔借款，请少选几笔")


class OneLoanOnly(RuleBroken):
    """A deferral and a catch-up keep to one contract's own dates."""

    code = "one_loan_only"
    message = N_("这种方案一次只能算一笔借款，请一笔一笔地选")


@dataclass(frozen=True)
class PlannedLoan:
    """One loan with what is planned of it.

    Units: fen; ppm a year. `whole` is after excess and waiver, before the first payment; `left` is
           what instalments spread.
    """

    debt: OwedLoan
    waived: Components
    whole: Components
    upfront: Components
    contract_ppm: int
    plan_ppm: Rate

    @cached_property
    def left(self) -> Components:
        """Return what the instalments spread, by component, in fen."""
        return less(self.whole, self.upfront)

    def bearing(self, rate: Rate, first_days: int | None, ceiling_ppm: int) -> Bearing:
        """Return how its principal bears interest at a rate."""
        return Bearing(rate, first_days, self.debt.terms.day_basis, rate == ceiling_ppm)

    def share(self, rate: Rate, instalments: Sequence[PlanInstalment]) -> LoanShare:
        """Return its share of a plan with these instalments."""
        return LoanShare(
            self.debt.ref, rate, self.left, self.upfront, self.waived, tuple(instalments)
        )


@dataclass(frozen=True, slots=True)
class Ground:
    """What every option of one request shares; the loans stand longest overdue first, dates are
    those of the longest plan on the pay day chosen.
    """

    loans: tuple[PlannedLoan, ...]
    request: PlanRequest
    policy: Policy
    facts: PlanFacts
    dates: tuple[date, ...]

    @property
    def payoff_fen(self) -> int:
        """Return what would pay off every loan, in fen."""
        return sum(one.debt.owed.payoff_fen for one in self.loans)

    @property
    def planned_fen(self) -> int:
        """Return what the instalments spread, in fen."""
        return sum(one.left.total for one in self.loans)

    def income_asked(self, highest_fen: int) -> bool:
        """Tell whether the policy asks for income: held against what is planned after waiver and
        first payment; the highest instalment stands for a monthly amount that was not asked.

        Source: default policy, income is asked (ADR 0001).
        """
        planned, plans = self.planned_fen, self.policy.plans
        monthly = self.request.monthly_fen or highest_fen
        months = plans.income_asked_months * monthly
        return planned > plans.income_asked_over_fen or planned > months


def ground_of(
    debts: Sequence[OwedLoan], request: PlanRequest, policy: Policy, facts: PlanFacts
) -> Ground:
    """Settle what of each loan is planned: the pay-off less the waiver less its share of the first
    payment.

    Raises: NothingOwed, TooManyLoans, OneLoanOnly, FirstPaymentTooLarge; ValueError when arrears
            are not at the start.
    Source: rules part 1, how a plan is computed.
    """
    check_debts(debts, request, policy)
    # The waiver is in every offered option whatever the verdict, so it comes off before the first
    # payment is laid.
    owed = [one.owed.net for one in in_order(debts)]
    waived = [waiver_of(one, policy) for one in in_order(debts)]
    return ground_with(
        debts, request, policy, facts, owed=owed, waived=waived_of(request, owed, waived)
    )


def ground_with(
    debts: Sequence[OwedLoan],
    request: PlanRequest,
    policy: Policy,
    facts: PlanFacts,
    *,
    owed: Sequence[Components],
    waived: Sequence[Components],
) -> Ground:
    """Settle what of each loan is planned, where what is owed and waived of it is known; the loans
    are given in order.

    Raises: FirstPaymentTooLarge.
    """
    rates = plan_rates_of(in_order(debts), request, policy)
    whole = [less(*each) for each in zip(owed, waived, strict=True)]
    totals = [one.total for one in whole]
    if request.upfront_fen and request.upfront_fen >= sum(totals):
        raise FirstPaymentTooLarge

    loans = [
        PlannedLoan(
            debt=debt,
            waived=given,
            whole=all_of_it,
            upfront=allocate(paid, all_of_it),
            contract_ppm=contract_ppm_of(debt, policy),
            plan_ppm=rate,
        )
        for debt, given, all_of_it, paid, rate in zip(
            in_order(debts), waived, whole, share(request.upfront_fen, totals), rates, strict=True
        )
    ]
    # The mark on a loan is of its last file; the day's own figures may pass the ceiling since.
    over = facts.over_ceiling or any(one.owed.excess_fen > 0 for one in debts)
    facts = replace(facts, over_ceiling=over)
    return Ground(tuple(loans), request, policy, facts, _dates(request, policy))


def check_debts(debts: Sequence[OwedLoan], request: PlanRequest, policy: Policy) -> None:
    """Pass where these loans can be in one plan.

    Raises: NothingOwed, TooManyLoans, OneLoanOnly; ValueError when arrears are not at the start.
    """
    if request.upfront_fen < 0 or any(one.owed.as_of != request.start_on for one in debts):
        raise ValueError(
            "arrears are computed at the plan's start, a first payment is never negative"
        )
    if len(debts) > policy.kinds.most_loans:
        raise TooManyLoans(most=policy.kinds.most_loans)
    if len(debts) > 1 and request.kind in {"deferral", "catch_up"}:
        raise OneLoanOnly
    if not debts or any(not one.owed.payoff_fen for one in debts):
        raise NothingOwed


def check_least_left(ground: Ground, least_fen: int) -> None:
    """Pass where what the first payment leaves is enough to spread.

    Units:  fen.
    Raises: FirstPaymentTooLarge, which names the largest first payment.
    Source: rules part 1, the least instalment holds after the first payment.
    """
    asked = ground.request.upfront_fen
    if asked and ground.planned_fen < least_fen:
        most = max(0, asked + ground.planned_fen - least_fen)
        raise FirstPaymentTooLarge(FirstPaymentTooLarge.too_little_left, most=yuan(most))


def in_order(debts: Iterable[OwedLoan]) -> list[OwedLoan]:
    """Return the loans longest overdue first: the oldest unpaid due date, then the lower number.

    Source: rules part 1, longest overdue.
    """
    return sorted(debts, key=lambda one: (_oldest_unpaid(one), one.ref))


def waiver_of(debt: OwedLoan, policy: Policy) -> Components:
    """Return what policy waives of a loan when its plan is kept to its end, in fen.

    Source: default policy, waiver that needs no person.
    """
    return granted_of(debt, "reamortise", policy)


def less(one: Components, other: Components) -> Components:
    """Return what is left of an amount by component, in fen."""
    return Components(*(mine - taken for mine, taken in zip(one, other, strict=True)))


def latest_on(request: PlanRequest, policy: Policy) -> date:
    """Return the day after which nothing of a plan may fall due.

    Source: rules part 1, the last due date; N-07.
    """
    return add_months(request.start_on, policy.plans.max_periods)


def _dates(request: PlanRequest, policy: Policy) -> tuple[date, ...]:
    if request.pay_day is None:
        return ()
    plans, last = policy.plans, latest_on(request, policy)
    every = pay_dates(request.start_on, request.pay_day, plans.max_periods, plans.lead_days)
    put_off = request.stated.put_off if request.stated else 0
    return tuple(one for one in every[put_off:] if one <= last)


def _oldest_unpaid(debt: OwedLoan) -> date:
    return debt.owed.overdue[0].due_on if debt.owed.overdue else date.max
