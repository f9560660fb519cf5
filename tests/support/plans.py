"""One plan of a chosen count and rate, to compare with what the policy offers."""

from app.domain.arrears import Arrears
from app.domain.loan import LoanTerms
from app.domain.plan import Choice, PlanOption, PlanRequest
from app.domain.plan_maker import PlanMaker
from app.domain.policy import PlanFacts, Policy


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
    """The plan of so many instalments at a rate; a small debt is settled."""
    maker = PlanMaker.of(terms, owed, request, policy, facts)
    if maker.is_settlement:
        return maker.settlement()
    return maker.option(maker.draft(periods, annual_ppm), choices)
