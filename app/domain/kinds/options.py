"""The plans of any kind for what a borrower asks."""

from collections.abc import Sequence

from app.domain.kinds.catch_up import catch_up_offer
from app.domain.kinds.deferral import deferral_offer
from app.domain.kinds.ground import Ground, check_least_left, ground_of
from app.domain.kinds.reamortise import has_reamortised, reamortise_offer
from app.domain.kinds.settlement import is_small, settlement_offer
from app.domain.kinds.stating import check_stated
from app.domain.kinds.step_up import step_up_offer
from app.domain.plan import MonthlyNeeded, Offer, OwedLoan, PlanRequest
from app.domain.policy import PlanFacts, Policy


def plan_options(
    debts: Sequence[OwedLoan], request: PlanRequest, policy: Policy, facts: PlanFacts
) -> Offer:
    """Return the plans on one loan or several that fit a request, fewest instalments first.

    `facts` are those of all loans together.
    Raises: a RuleBroken that says what the rules refuse; ValueError when arrears are not at the
            start.
    Source: rules part 1, how a plan is computed.
    """
    check_stated(request)
    if request.kind == "deferral":
        return deferral_offer(debts, request, policy, facts)
    if request.kind == "settlement" or (is_small(debts, policy) and request.stated is None):
        return settlement_offer(debts, request, policy, facts)
    if request.kind == "catch_up":
        return catch_up_offer(debts, request, policy, facts)

    ground = _spread(debts, request, policy, facts)
    return step_up_offer(ground) if request.kind == "step_up" else reamortise_offer(ground)


def is_income_asked(
    debts: Sequence[OwedLoan], request: PlanRequest, policy: Policy, facts: PlanFacts
) -> bool:
    """Tell whether the policy counts income and essential spending for this request.

    Raises: as plan_options.
    Source: default policy, income is asked.
    """
    if request.kind == "reamortise" and request.periods is None and not is_small(debts, policy):
        if request.monthly_fen <= 0:
            raise MonthlyNeeded
        return _spread(debts, request, policy, facts).income_asked(0)
    return plan_options(debts, request, policy, facts).income_asked


def has_plan(
    debts: Sequence[OwedLoan], request: PlanRequest, policy: Policy, facts: PlanFacts
) -> bool:
    """Tell whether any plan fits the request; what is left of income never changes that.

    Raises: as plan_options.
    Source: rules part 1, how a plan is computed.
    """
    if request.kind == "reamortise" and request.periods is None and not is_small(debts, policy):
        return has_reamortised(_spread(debts, request, policy, facts))
    return bool(plan_options(debts, request, policy, facts).options)


def _spread(
    debts: Sequence[OwedLoan], request: PlanRequest, policy: Policy, facts: PlanFacts
) -> Ground:
    ground = ground_of(debts, request, policy, facts)
    check_least_left(ground, policy.plans.min_instalment_fen)
    return ground
