"""One plan of a chosen count and rate, to compare with what the policy offers."""

from app.domain.arrears import Arrears
from app.domain.kinds.ground import ground_of
from app.domain.kinds.reamortise import reamortised
from app.domain.kinds.settlement import is_small, settlement_offer
from app.domain.kinds.telling import option_of, rate_of
from app.domain.loan import LoanTerms
from app.domain.money import Rate
from app.domain.plan import Choice, OwedLoan, PlanOption, PlanRequest
from app.domain.policy import PlanFacts, Policy


def one_debt(terms: LoanTerms, owed: Arrears) -> list[OwedLoan]:
    """A single loan as a plan takes it."""
    return [OwedLoan("JJ1", terms, owed)]


def option_for(
    terms: LoanTerms,
    owed: Arrears,
    request: PlanRequest,
    policy: Policy,
    facts: PlanFacts,
    *,
    periods: int,
    annual_ppm: Rate,
    choices: tuple[Choice, ...] = (),
) -> PlanOption:
    """The plan of so many instalments at a rate; a small debt is settled."""
    debts = one_debt(terms, owed)
    if is_small(debts, policy):
        return settlement_offer(debts, request, policy, facts).options[0]
    ground = ground_of(debts, request, policy, facts)
    draft = reamortised(ground, periods, [annual_ppm])
    return option_of(ground, draft, choices=choices, annual=rate_of(ground, draft))
