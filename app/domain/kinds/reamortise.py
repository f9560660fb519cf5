"""The whole debt spread anew, by equal instalments at the plan's rate; what a person may decide
where none fits.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.domain.allocation import Components
from app.domain.kinds.choosing import check_large_enough, check_periods, chosen
from app.domain.kinds.ground import Ground, check_least_left
from app.domain.kinds.spreading import even_share, split_evenly, spread_or_whole
from app.domain.kinds.telling import Draft, Rows, offer_of, option_of, rate_of
from app.domain.money import Rate, half_of
from app.domain.plan import Choice, MonthlyNeeded, Offer, PlanInstalment
from app.domain.schedule import ScheduleImpossible


def reamortised(ground: Ground, periods: int, rates: Sequence[Rate]) -> Draft:
    """Spread every loan over so many instalments, each at its own rate.

    Raises: ScheduleImpossible where a single loan's principal is too small for so many.
    Source: rules part 1, reamortise.
    """
    dates = ground.dates[:periods]
    first_days = (dates[0] - ground.request.start_on).days
    ceiling = ground.policy.amounts.ceiling_ppm
    principal = [
        spread_or_whole(
            loan.left.principal_fen,
            periods,
            loan.bearing(rate, first_days, ceiling),
            is_alone=len(ground.loans) == 1,
        )
        for loan, rate in zip(ground.loans, rates, strict=True)
    ]
    amounts = _amounts(ground, principal)

    def lay_out() -> Rows:
        each = zip(principal, ground.loans, strict=True)
        return tuple(tuple(rows_of(dates, paid, loan.left)) for paid, loan in each)

    return Draft(tuple(rates), periods, max(amounts), min(amounts), lay_out)


def _amounts(ground: Ground, principal: Sequence[Sequence[tuple[int, int]]]) -> list[int]:
    """Return what every instalment comes to over all loans, in fen, without laying out its rows."""
    count = len(principal[0])
    left = [loan.left for loan in ground.loans]
    old = [fen for one in left for fen in (one.interest_fen, one.penalty_fen, one.fee_fen)]
    each, last = map(sum, zip(*(even_share(fen, count) for fen in old), strict=True))
    if len(principal) == 1:  # as most have it: nothing to put side by side
        amounts = [each + part + interest for part, interest in principal[0]]
    else:
        amounts = [each + sum(map(sum, same)) for same in zip(*principal, strict=True)]
    amounts[-1] += last - each
    return amounts


@dataclass(frozen=True)
class Drafts:
    """The drafts that can be computed with every instalment large enough, fewest first or, when
    reversed, most first; a single one always is. Each is computed once, when it is come to.
    """

    ground: Ground
    counts: Sequence[int]
    rates: Sequence[Rate]
    made: dict[int, Draft | None] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Draft]:
        return self._along(self.counts)

    def __reversed__(self) -> Iterator[Draft]:
        return self._along(self.counts[::-1])

    def _along(self, counts: Sequence[int]) -> Iterator[Draft]:
        return (draft for draft in map(self._of, counts) if draft)

    def _of(self, periods: int) -> Draft | None:
        if periods not in self.made:
            self.made[periods] = self._computed(periods)
        return self.made[periods]

    def _computed(self, periods: int) -> Draft | None:
        if periods > len(self.ground.dates):
            return None
        try:
            draft = reamortised(self.ground, periods, self.rates)
        except ScheduleImpossible:
            # One count that cannot be computed says nothing of the others: fewer instalments may
            # well do.
            return None
        # One instalment is always allowed, else a debt just above the small one could have no plan
        # at all (ADR 0001).
        least = self.ground.policy.plans.min_instalment_fen
        return draft if periods == 1 or draft.lowest_fen >= least else None


def reamortise_offer(ground: Ground) -> Offer:
    """Return the plans that fit a monthly amount, or the one of an own number of instalments.

    Raises: PeriodsOutside, MonthlyNeeded, FirstPaymentTooLarge, InstalmentTooSmall,
            ScheduleImpossible.
    Source: rules part 1, reamortise; options for a monthly amount.
    """
    asked = ground.request
    if asked.periods is not None:
        return own_count(ground, asked.periods)
    if asked.monthly_fen <= 0:
        raise MonthlyNeeded

    # What a person has to decide is proposed only where nothing fits by itself.
    picked = chosen(ground, self_service(ground), with_fastest=True) or _proposed(ground)
    options = tuple(
        option_of(ground, draft, choices=choices, annual=rate_of(ground, draft))
        for draft, choices in picked
    )
    return offer_of(ground, options, _longest_without_rate(ground).highest_fen)


def has_reamortised(ground: Ground) -> bool:
    """Tell whether any plan fits the monthly amount; what is left of income never changes that.

    Source: rules part 1, options for a monthly amount.
    """
    return bool(chosen(ground, self_service(ground), with_fastest=False) or _proposed(ground))


def own_count(ground: Ground, periods: int) -> Offer:
    """Return the plan of so many instalments as a borrower named them.

    Raises: PeriodsOutside, FirstPaymentTooLarge, InstalmentTooSmall, ScheduleImpossible.
    Source: rules part 1, own terms.
    """
    plans = ground.policy.plans
    check_periods(periods, least=least_periods(ground), most=len(ground.dates))
    check_least_left(ground, periods * plans.min_instalment_fen)
    draft = reamortised(ground, periods, plan_rates(ground))
    check_large_enough(ground, draft)
    option = option_of(ground, draft, annual=rate_of(ground, draft))
    return Offer((option,), None, ground.income_asked(draft.highest_fen))


def least_periods(ground: Ground) -> int:
    """Return the fewest instalments that may be named; below the usual least only in a counter,
    where that many would be too small.

    Source: default policy, instalments.
    """
    plans = ground.policy.plans
    is_small = ground.planned_fen < plans.min_periods * plans.min_instalment_fen
    return 1 if ground.request.stated and is_small else plans.min_periods


def plan_rates(ground: Ground) -> list[Rate]:
    """Return the loans' rates in this plan, in ppm a year: the contract's, or what a counter-offer
    states.
    """
    return [one.plan_ppm for one in ground.loans]


def contract_rates(ground: Ground) -> list[Rate]:
    """Return the loans' contract rates under the ceiling, in ppm a year."""
    return [one.contract_ppm for one in ground.loans]


def self_service(ground: Ground) -> Drafts:
    """Return what a borrower may take, fewest first; below the usual least only where that would be
    too small.
    """
    plans, rates = ground.policy.plans, contract_rates(ground)
    least = plans.min_periods
    usual = Drafts(ground, range(least, plans.self_service_periods + 1), rates)
    # Below the usual least only where three instalments would already be too small.
    fewest = next(iter(usual), None)
    if fewest and fewest.periods == least:
        return usual

    return Drafts(ground, range(1, least), rates)


def _proposed(ground: Ground) -> list[tuple[Draft, tuple[Choice, ...]]]:
    """Return the one plan a person may decide where none fits: longer, then at half the rate, then
    without interest.
    """
    # The contract's rate is tried up to the longest plan before any reduced one, so that nobody is
    # asked to give up interest where time alone is enough. Each loan has its own half.
    contract, monthly = contract_rates(ground), ground.request.monthly_fen
    longer = range(ground.policy.plans.self_service_periods + 1, len(ground.dates) + 1)
    for rates in (contract, [half_of(one) for one in contract], [0] * len(contract)):
        tried = list(Drafts(ground, longer, rates))
        # Where the least instalment does not allow so many, a lower rate is tried with fewer.
        if (not tried or tried[0].periods > longer.start) and rates is not contract:
            tried = list(Drafts(ground, range(1, len(ground.dates) + 1), rates))
            usual = [one for one in tried if one.periods >= ground.policy.plans.min_periods]
            tried = usual or tried
        for draft in tried:
            if draft.highest_fen <= monthly:
                return [(draft, ("best_fit",))]
    return []


def _longest_without_rate(ground: Ground) -> Draft:
    """Return the longest plan without interest whose every instalment is large enough."""
    every_count = range(1, len(ground.dates) + 1)
    return next(reversed(Drafts(ground, every_count, [0] * len(ground.loans))))


def rows_of(
    dates: Sequence[date], principal: Sequence[tuple[int, int]], left: Components, *, start: int = 1
) -> list[PlanInstalment]:
    """Return instalments of principal and plan interest with the old amounts split evenly over
    them; `start` is the number of the first.

    Units:  fen.
    Source: rules part 1, reamortise.
    """
    count = len(dates)
    parts = zip(
        dates,
        principal,
        split_evenly(left.interest_fen, count),
        split_evenly(left.penalty_fen, count),
        split_evenly(left.fee_fen, count),
        strict=True,
    )
    return [
        PlanInstalment(number, due_on, pays, bears, interest, penalty, fee)
        for number, (due_on, (pays, bears), interest, penalty, fee) in enumerate(parts, start)
    ]
