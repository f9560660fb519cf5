"""Which of the plans of a kind are offered: best fit, lowest, fastest."""

from collections.abc import Iterable, Reversible

from app.domain.errors import RuleBroken
from app.domain.kinds.ground import Ground
from app.domain.kinds.telling import Draft
from app.domain.money import PPM, yuan
from app.domain.plan import Choice
from app.domain.texts import N_


class PeriodsOutside(RuleBroken):
    """An own number of instalments is within the policy's and the longest plan's."""

    code = "periods_outside"
    message = N_("期数请写 %(least)s 到 %(most)s")


class InstalmentTooSmall(RuleBroken):
    """So many instalments would fall below the least one."""

    code = "instalment_too_small"
    message = N_("分这么多期，有的一期不到 %(least)s；请少分几期")


def check_periods(periods: int, *, least: int, most: int) -> None:
    """Pass where an own number of instalments may be asked for.

    Raises: PeriodsOutside.
    Source: rules part 1, own terms.
    """
    if not least <= periods <= most:
        raise PeriodsOutside(least=least, most=most)


def check_large_enough(ground: Ground, draft: Draft) -> None:
    """Pass where every instalment is at least the least one.

    Raises: InstalmentTooSmall.
    Source: default policy, instalments.
    """
    least = ground.policy.plans.min_instalment_fen
    if draft.lowest_fen < least:
        raise InstalmentTooSmall(least=yuan(least))


def chosen(
    ground: Ground, drafts: Reversible[Draft], *, with_fastest: bool
) -> list[tuple[Draft, tuple[Choice, ...]]]:
    """Return best fit, lowest and fastest of drafts, fewest first, equal ones together; nothing
    where no draft fits the monthly amount.

    Source: rules part 1, options for a monthly amount.
    """
    monthly = ground.request.monthly_fen
    best = next((draft for draft in drafts if draft.highest_fen <= monthly), None)
    if best is None:
        return []

    # From the other end: what lies between the two is nobody's and need not be computed.
    lowest = next(draft for draft in reversed(drafts) if draft.highest_fen <= monthly)
    named: dict[Choice, Draft] = {"best_fit": best, "lowest": lowest}
    fast = (one for one in drafts if with_fastest and _is_fast_enough(ground, one.highest_fen))
    fastest = next(fast, None)
    if fastest is not None:
        named["fastest"] = fastest
    return _together(named.items())


def _together(
    named: Iterable[tuple[Choice, Draft]],
) -> list[tuple[Draft, tuple[Choice, ...]]]:
    found: dict[int, tuple[Draft, tuple[Choice, ...]]] = {}
    for choice, draft in named:
        same = found.get(draft.periods, (draft, ()))
        found[draft.periods] = (same[0], (*same[1], choice))
    return [found[periods] for periods in sorted(found)]


def _is_fast_enough(ground: Ground, highest_fen: int) -> bool:
    # Both sides are multiplied by a million instead of dividing one: shares are compared exactly.
    monthly, surplus = ground.request.monthly_fen, ground.request.surplus_fen
    plans = ground.policy.plans
    if surplus is None:
        return highest_fen * PPM <= monthly * plans.fastest_without_income_ppm
    # With nothing left of the income there is no faster plan to offer; a person and breathing space
    # come first.
    if surplus <= 0:
        return False

    return highest_fen <= monthly or highest_fen * PPM <= surplus * plans.surplus_share_ppm
