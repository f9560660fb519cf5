"""Who of the staff may answer which plan."""

from app.domain.plan_terms import PlannedTerms
from app.domain.policy import Policy


def may_decide(
    terms: PlannedTerms, *, contract_ppm: int, policy: Policy, roles: frozenset[str]
) -> bool:
    """Tell whether someone with these roles has the authority for a plan.

    Source: default policy, authority.
    """
    # The higher role is asked first: who holds both decides with the wider reach.
    if "supervisor" in roles:
        return terms.periods <= policy.authority.supervisor_periods

    # A contract above the ceiling is planned at the ceiling, which is then no reduction that would
    # need a supervisor.
    within = terms.periods <= policy.authority.agent_periods and terms.annual_ppm >= min(
        contract_ppm, policy.amounts.ceiling_ppm
    )

    return "agent" in roles and within
