"""The arrears spread over the contract's next dates, beside its own instalments."""

from collections.abc import Sequence
from datetime import date, timedelta

from app.domain.allocation import Components
from app.domain.arrears import Arrears, less_excess
from app.domain.errors import RuleBroken
from app.domain.kinds.choosing import PeriodsOutside, check_large_enough, check_periods, chosen
from app.domain.kinds.ground import (
    Ground,
    check_debts,
    check_least_left,
    ground_with,
    waiver_of,
)
from app.domain.kinds.spreading import split_evenly
from app.domain.kinds.stating import waived_of
from app.domain.kinds.telling import Draft, draft_of, offer_of, option_of
from app.domain.loan import Method
from app.domain.plan import MonthlyNeeded, Offer, OwedLoan, PlanInstalment, PlanRequest, Regular
from app.domain.policy import PlanFacts, Policy
from app.domain.schedule import Instalment, schedule
from app.domain.texts import N_


class CatchUpTooLate(RuleBroken):
    """A contract so long overdue, or with so little of it to come, has no catching up."""

    code = "catch_up_too_late"
    past_due = N_("逾期超过 %(days)s 天，不能只分期补上欠的部分；可以把全部重新分期")
    nothing_left = N_("合同剩下的期数不够，不能只分期补上欠的部分；可以把全部重新分期")


class ArrearsTooSmall(RuleBroken):
    """The arrears are too small to be spread."""

    code = "arrears_too_small"
    message = N_("欠的部分不多，分不了期，补上就好")


def catch_up_offer(
    debts: Sequence[OwedLoan], request: PlanRequest, policy: Policy, facts: PlanFacts
) -> Offer:
    """Return the plans whose fullest date fits the monthly amount, or the one of an own number;
    without any, the smallest monthly amount that works.

    Raises: OneLoanOnly, NothingOwed, CatchUpTooLate, ArrearsTooSmall, MonthlyNeeded,
            PeriodsOutside, FirstPaymentTooLarge, InstalmentTooSmall.
    Source: rules part 1, catch_up; default policy, catch-up.
    """
    check_debts(debts, request, policy)
    debt, rules = debts[0], policy.kinds
    coming = [row for row in schedule(debt.terms) if row.due_on >= request.start_on]
    _check_in_time(debt, coming, policy)
    owed = [arrears_only(debt.owed)]
    ground = ground_with(
        debts,
        request,
        policy,
        facts,
        owed=owed,
        waived=waived_of(request, owed, [waiver_of(debt, policy)]),
    )
    check_least_left(ground, rules.catch_up_min_periods * rules.catch_up_least_part_fen)
    regular = tuple(
        Regular(row.number, row.due_on, row.principal_fen, row.interest_fen) for row in coming
    )
    dates = _dates(debt, coming, request.start_on + timedelta(days=policy.plans.lead_days))

    if request.periods is not None:
        return _own_count(ground, dates, regular)
    if request.monthly_fen <= 0:
        raise MonthlyNeeded
    return _fitting(ground, dates, regular)


def arrears_only(owed: Arrears) -> Components:
    """Return what is in arrears, by component in fen: overdue principal, interest, penalty and fees
    with the excess off penalty, fee and interest; what is over stays for the contract.

    Source: rules part 1, catch_up.
    """
    gross = Components(
        owed.fee_fen, owed.penalty_fen, owed.interest_fen, owed.overdue_principal_fen
    )
    return less_excess(gross, owed.excess_fen)


def caught_up(
    ground: Ground, dates: Sequence[date], regular: Sequence[Regular], periods: int
) -> Draft:
    """Split the arrears evenly, component by component, over the contract's next dates.

    Source: rules part 1, catch_up.
    """
    left = ground.loans[0].left
    rows = [
        PlanInstalment(number, due_on, principal, 0, interest, penalty, fee)
        for number, (due_on, principal, interest, penalty, fee) in enumerate(
            zip(
                dates[:periods],
                split_evenly(left.principal_fen, periods),
                split_evenly(left.interest_fen, periods),
                split_evenly(left.penalty_fen, periods),
                split_evenly(left.fee_fen, periods),
                strict=True,
            ),
            1,
        )
    ]
    beside = {one.due_on: one.amount_fen for one in regular}
    together = [one.amount_fen + beside[one.due_on] for one in rows]
    return draft_of([ground.loans[0].contract_ppm], [rows], together)


def _check_in_time(debt: OwedLoan, coming: Sequence[Instalment], policy: Policy) -> None:
    rules = policy.kinds
    if debt.owed.days_past_due > rules.catch_up_past_due_days:
        raise CatchUpTooLate(CatchUpTooLate.past_due, days=rules.catch_up_past_due_days)
    if len(coming) < rules.catch_up_regular_left:
        raise CatchUpTooLate(CatchUpTooLate.nothing_left)


def _dates(debt: OwedLoan, coming: Sequence[Instalment], earliest: date) -> list[date]:
    """Return the contract's dates that parts may fall due on."""
    found = [row.due_on for row in coming if row.due_on >= earliest]
    # All the principal is due on the last one.
    if debt.terms.method is Method.INTEREST_FIRST and found:
        found.pop()
    return found


def _own_count(ground: Ground, dates: Sequence[date], regular: tuple[Regular, ...]) -> Offer:
    rules, periods = ground.policy.kinds, ground.request.periods or 0
    most = min(rules.catch_up_max_periods, len(dates))
    if most < rules.catch_up_min_periods:
        raise CatchUpTooLate(CatchUpTooLate.nothing_left)
    check_periods(periods, least=rules.catch_up_min_periods, most=most)
    draft = caught_up(ground, dates, regular, periods)
    if not _has_large_parts(ground, draft):
        raise PeriodsOutside(
            least=rules.catch_up_min_periods,
            most=ground.planned_fen // rules.catch_up_least_part_fen,
        )
    check_large_enough(ground, draft)
    option = option_of(ground, draft, regular=regular)
    return Offer((option,), None, ground.income_asked(draft.highest_fen))


def _fitting(ground: Ground, dates: Sequence[date], regular: tuple[Regular, ...]) -> Offer:
    rules, least = ground.policy.kinds, ground.policy.plans.min_instalment_fen
    most = min(rules.catch_up_max_periods, len(dates))
    if most < rules.catch_up_min_periods:
        raise CatchUpTooLate(CatchUpTooLate.nothing_left)
    counts = range(rules.catch_up_min_periods, most + 1)
    tried = (caught_up(ground, dates, regular, count) for count in counts)
    found = [one for one in tried if _has_large_parts(ground, one) and one.lowest_fen >= least]
    if not found:
        raise ArrearsTooSmall
    options = tuple(
        option_of(ground, draft, choices=choices, regular=regular)
        for draft, choices in chosen(ground, found, with_fastest=False)
    )
    return offer_of(ground, options, min(one.highest_fen for one in found))


def _has_large_parts(ground: Ground, draft: Draft) -> bool:
    least = ground.policy.kinds.catch_up_least_part_fen
    return all(one.amount_fen >= least for one in draft.loans[0])
