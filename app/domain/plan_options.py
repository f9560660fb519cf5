"""Plans that fit what a borrower can pay: best fit, lowest, fastest, or what a person may
decide.
"""

from app.domain.arrears import Arrears
from app.domain.loan import LoanTerms
from app.domain.money import PPM
from app.domain.plan import Choice, Offer, PlanRequest
from app.domain.plan_maker import PlanMaker, UnjudgedPlan
from app.domain.policy import PlanFacts, Policy


def plan_options(
    terms: LoanTerms, owed: Arrears, request: PlanRequest, policy: Policy, facts: PlanFacts
) -> Offer:
    """Return the plans that fit a request, fewest instalments first.

    Raises: NothingOwed, MonthlyNeeded, FirstPaymentTooLarge, PayDateOutside; ValueError when the
            arrears are not at the start.
    Source: rules part 1, how a plan is computed.
    """
    maker = PlanMaker.of(terms, owed, request, policy, facts)
    if maker.is_settlement:
        return Offer((maker.settlement(),), None, income_asked=False)

    # What a person has to decide is proposed only where nothing fits by itself.
    chosen = _choose(maker) or _propose(maker)
    options = tuple(maker.option(draft, choices) for draft, choices in chosen)

    smallest_fen = _longest_without_rate(maker).highest_fen

    return Offer(
        options,
        None if options else smallest_fen,
        maker.income_asked,
        has_smaller=any(options) and all(one.highest_fen > smallest_fen for one in options),
    )


def is_income_asked(
    terms: LoanTerms, owed: Arrears, request: PlanRequest, policy: Policy, facts: PlanFacts
) -> bool:
    """Tell whether the policy counts income and essential spending for this request.

    Raises: NothingOwed, MonthlyNeeded, FirstPaymentTooLarge; ValueError when the arrears are not at
            the start.
    Source: default policy, income is asked.
    """
    maker = PlanMaker.of(terms, owed, request, policy, facts)
    return not maker.is_settlement and maker.income_asked


def has_plan(
    terms: LoanTerms, owed: Arrears, request: PlanRequest, policy: Policy, facts: PlanFacts
) -> bool:
    """Tell whether any plan fits the request; what is left of income never changes that.

    Raises: NothingOwed, MonthlyNeeded, FirstPaymentTooLarge; ValueError when the arrears are not at
            the start.
    Source: rules part 1, how a plan is computed.
    """
    maker = PlanMaker.of(terms, owed, request, policy, facts)
    return maker.is_settlement or bool(_choose(maker) or _propose(maker))


def _choose(maker: PlanMaker) -> list[tuple[UnjudgedPlan, tuple[Choice, ...]]]:
    """Return best fit, lowest and fastest, equal ones together, where some count a borrower may
    take fits.
    """
    drafts = _self_service(maker)
    fitting = [draft for draft in drafts if draft.highest_fen <= maker.request.monthly_fen]
    if not fitting:
        return []

    named: dict[Choice, UnjudgedPlan] = {"best_fit": fitting[0], "lowest": fitting[-1]}
    fast = next((draft for draft in drafts if _is_fast_enough(maker, draft.highest_fen)), None)
    if fast is not None:
        named["fastest"] = fast

    together: dict[int, list[Choice]] = {}
    for choice, draft in named.items():
        together.setdefault(draft.periods, []).append(choice)

    by_periods = {draft.periods: draft for draft in named.values()}
    return [(by_periods[periods], tuple(together[periods])) for periods in sorted(together)]


def _self_service(maker: PlanMaker) -> list[UnjudgedPlan]:
    """Return what a borrower may take, fewest first; below the usual least only where that would be
    too small.
    """
    policy = maker.policy
    least = policy.plans.min_periods
    usual = list(
        maker.drafts(range(least, policy.plans.self_service_periods + 1), maker.contract_ppm)
    )
    # Below the usual least only where three instalments would already be too small.
    if usual and usual[0].periods == least:
        return usual

    return list(maker.drafts(range(1, least), maker.contract_ppm))


def _is_fast_enough(maker: PlanMaker, highest_fen: int) -> bool:
    # Both sides are multiplied by a million instead of dividing one: shares are compared exactly.
    monthly, surplus, policy = maker.request.monthly_fen, maker.request.surplus_fen, maker.policy
    if surplus is None:
        return highest_fen * PPM <= monthly * policy.plans.fastest_without_income_ppm
    # With nothing left of the income there is no faster plan to offer; a person and breathing space
    # come first.
    if surplus <= 0:
        return False

    return highest_fen <= monthly or highest_fen * PPM <= surplus * policy.plans.surplus_share_ppm


def _propose(maker: PlanMaker) -> list[tuple[UnjudgedPlan, tuple[Choice, ...]]]:
    """Return the one plan a person may decide where none fits: longer, then at half the rate, then
    without interest.
    """
    # The contract's rate is tried up to the longest plan before any reduced one, so that nobody is
    # asked to give up interest where time alone is enough. Half of an odd rate is rounded down
    # (ADR 0001).
    policy, monthly, rate = maker.policy, maker.request.monthly_fen, maker.contract_ppm
    counts = range(policy.plans.self_service_periods + 1, policy.plans.max_periods + 1)
    for annual_ppm in dict.fromkeys((rate, rate // 2, 0)):
        for draft in maker.drafts(counts, annual_ppm):
            if draft.highest_fen <= monthly:
                return [(draft, ("best_fit",))]

    # Reached where only the least instalment stands in the way of 37 to 60 instalments (ADR 0001).
    longest = _longest_without_rate(maker)
    return [(longest, ("best_fit",))] if longest.highest_fen <= monthly else []


def _longest_without_rate(maker: PlanMaker) -> UnjudgedPlan:
    """Return the longest plan without interest whose every instalment is large enough."""
    return next(maker.drafts(range(maker.policy.plans.max_periods, 0, -1), 0))
