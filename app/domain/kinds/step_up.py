"""Low instalments first, higher ones after: same dates, rate and end as a plan spread anew."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from app.domain.errors import RuleBroken
from app.domain.kinds.choosing import check_large_enough, check_periods, chosen
from app.domain.kinds.ground import Ground
from app.domain.kinds.reamortise import plan_rates, rows_of
from app.domain.kinds.spreading import Bearing, share, spread_or_whole
from app.domain.kinds.telling import Draft, draft_of, offer_of, option_of, rate_of
from app.domain.money import yuan
from app.domain.plan import MonthlyNeeded, Offer, PlanInstalment
from app.domain.policy import Policy
from app.domain.schedule import ScheduleImpossible
from app.domain.texts import N_


class LowMonthsOutside(RuleBroken):
    """The low instalments are at most half of all and at most the policy's number."""

    code = "low_months_outside"
    message = N_("头几个月少还，最多写 %(most)s 个月，之后的期数不能比这几个月少")


class LowTooSmall(RuleBroken):
    """A low instalment pays more than the month's interest, and is no smaller than the least."""

    code = "low_too_small"
    message = N_("头几个月每月至少要还 %(least)s，才够利息，欠款才不会变多")


class LowTooLarge(RuleBroken):
    """The low instalments are below every later one, and pay no loan off."""

    code = "low_too_large"
    message = N_("头几个月还的要比之后的少；请把头几个月的数写小一些，或者减少期数")


class MonthlyNotAboveLow(RuleBroken):
    """What can be paid later is above what is paid first."""

    code = "monthly_not_above_low"
    message = N_("之后每月能还的，要比头几个月的多")


class _Low(NamedTuple):
    """One loan over the low months: principal and plan interest of each, and what is left."""

    rows: Sequence[tuple[int, int]]
    left_fen: int


def step_up_offer(ground: Ground) -> Offer:
    """Return the plans whose later instalments fit the monthly amount, or the one of an own number;
    without any, the smallest monthly amount that works.

    Raises: LowMonthsOutside, LowTooSmall, LowTooLarge, MonthlyNeeded, MonthlyNotAboveLow,
            PeriodsOutside, InstalmentTooSmall, ScheduleImpossible.
    Source: rules part 1, step_up; default policy, step-up.
    """
    asked, plans = ground.request, ground.policy.plans
    if not 1 <= asked.low_months <= ground.policy.kinds.step_up_low_months:
        raise LowMonthsOutside(most=ground.policy.kinds.step_up_low_months)
    least = least_low_fen(ground)
    if asked.low_fen < least:
        raise LowTooSmall(least=yuan(least))
    if asked.periods is not None:
        return _own_count(ground, asked.periods)
    if asked.monthly_fen <= 0:
        raise MonthlyNeeded
    if asked.monthly_fen <= asked.low_fen:
        raise MonthlyNotAboveLow

    found = list(_drafts(ground, range(_fewest(ground), plans.self_service_periods + 1)))
    if not found:
        raise LowTooLarge
    options = tuple(
        option_of(ground, draft, choices=choices, annual=rate_of(ground, draft))
        for draft, choices in chosen(ground, found, with_fastest=False)
    )
    return offer_of(ground, options, min(one.highest_fen for one in found))


def least_low_fen(ground: Ground) -> int:
    """Return the least a low instalment may be: above one month's plan interest on what is planned,
    and no smaller than any instalment.

    Units:  fen.
    Source: rules part 1, step_up.
    """
    return max(ground.policy.plans.min_instalment_fen, _month_interest_fen(ground) + 1)


def stepped(ground: Ground, periods: int) -> Draft:
    """Return the plan of so many instalments, the low ones among them.

    Raises: LowTooLarge, ScheduleImpossible where a single loan's principal is too small.
    Source: rules part 1, step_up.
    """
    asked = ground.request
    dates, low = ground.dates[:periods], asked.low_months
    principals = stepped_principal(
        [one.left.principal_fen for one in ground.loans],
        periods,
        _bearings(ground),
        low_fen=asked.low_fen,
        low_months=low,
    )
    loans = []
    for loan, rows in zip(ground.loans, principals, strict=True):
        first = [
            PlanInstalment(number, due_on, pays, bears, 0, 0, 0)
            for number, (due_on, (pays, bears)) in enumerate(
                zip(dates[:low], rows[:low], strict=True), 1
            )
        ]
        loans.append([*first, *rows_of(dates[low:], rows[low:], loan.left, start=low + 1)])

    draft = draft_of(plan_rates(ground), loans)
    amounts = [sum(one.amount_fen for one in same) for same in zip(*loans, strict=True)]
    if min(amounts[low:]) <= asked.low_fen:
        raise LowTooLarge
    return draft


def stepped_principal(
    principals: Sequence[int],
    periods: int,
    bearings: Sequence[Bearing],
    *,
    low_fen: int,
    low_months: int,
) -> list[list[tuple[int, int]]]:
    """Return principal and plan interest of every instalment of each loan, the low ones first.

    Units:  fen; low_fen is the stated sum of a low instalment.
    Raises: LowTooLarge, ScheduleImpossible where a single loan's principal is too small.
    Source: rules part 1, step_up.
    """
    is_alone = len(principals) == 1
    months = _low_months(principals, bearings, low_fen, low_months)
    return [
        [
            *low.rows,
            *spread_or_whole(
                low.left_fen,
                periods - low_months,
                bearing._replace(first_days=None),
                is_alone=is_alone,
            ),
        ]
        for low, bearing in zip(months, bearings, strict=True)
    ]


def _own_count(ground: Ground, periods: int) -> Offer:
    check_periods(periods, least=_fewest(ground), most=len(ground.dates))
    draft = stepped(ground, periods)
    check_large_enough(ground, draft)
    option = option_of(ground, draft, annual=rate_of(ground, draft))
    return Offer((option,), None, ground.income_asked(draft.highest_fen))


def fewest(low_months: int, policy: Policy) -> int:
    """Return the least number of instalments of which so many are low: they are at most half.

    Source: rules part 1, step_up.
    """
    return max(policy.plans.min_periods, 2 * low_months)


def _fewest(ground: Ground) -> int:
    return fewest(ground.request.low_months, ground.policy)


def _drafts(ground: Ground, counts: Iterable[int]) -> Iterator[Draft]:
    for periods in counts:
        try:
            draft = stepped(ground, periods)
        except (LowTooLarge, ScheduleImpossible):
            continue
        if draft.lowest_fen >= ground.policy.plans.min_instalment_fen:
            yield draft


def _bearings(ground: Ground) -> list[Bearing]:
    days = (ground.dates[0] - ground.request.start_on).days
    ceiling = ground.policy.amounts.ceiling_ppm
    return [one.bearing(one.plan_ppm, days, ceiling) for one in ground.loans]


def _month_interest_fen(ground: Ground) -> int:
    """Return one month's plan interest on everything planned, in fen."""
    return sum(
        bearing.month_fen(loan.left.principal_fen)
        for loan, bearing in zip(ground.loans, _bearings(ground), strict=True)
    )


def _low_months(
    weights: Sequence[int], bearings: Sequence[Bearing], low_fen: int, low_months: int
) -> list[_Low]:
    """Return every loan over the low months: the stated amount pays each loan's interest first, the
    rest reduces their principals in proportion to the principal planned of each.

    Raises: LowTooLarge where that would pay a loan off.
    """
    balances = list(weights)
    rows: list[list[tuple[int, int]]] = [[] for _ in balances]
    for month in range(low_months):
        bears = [
            bearing.month_fen(balance) if month else bearing.first_fen(balance)
            for bearing, balance in zip(bearings, balances, strict=True)
        ]
        rest = low_fen - sum(bears)
        if rest >= sum(balances):
            raise LowTooLarge
        pays = share(rest, weights, balances)
        for place, each in enumerate(zip(pays, bears, strict=True)):
            rows[place].append(each)
            balances[place] -= each[0]
            if not balances[place] and weights[place]:
                raise LowTooLarge
    return [_Low(*each) for each in zip(rows, balances, strict=True)]
