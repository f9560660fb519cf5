"""Whose authority a plan needs: by what the lender gives up in it and by its instalments."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from app.domain.allocation import Components
from app.domain.concession import Concession, Contract, concession_of
from app.domain.plan_terms import PlannedTerms
from app.domain.policy import Policy

Level = Literal["agent", "supervisor", "two_supervisors", "nobody"]
# From the widest to the narrowest reach.
LEVELS: tuple[Level, ...] = ("nobody", "two_supervisors", "supervisor", "agent")
Matter = Literal["penalty", "periods", "interest", "principal"]
SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class AuthorityLine:
    """One thing that authority is held against, how much of it there is, and whose word it needs.

    Units: fen, a count for `periods`.
    """

    matter: Matter
    value: int
    level: Level


@dataclass(frozen=True, slots=True)
class AuthorityNeeded:
    """Whose word a plan needs, line by line and in all."""

    lines: tuple[AuthorityLine, ...]

    @property
    def level(self) -> Level:
        """Return the widest reach that any line needs."""
        return widest(one.level for one in self.lines)

    @property
    def supervisors(self) -> int:
        """Return how many supervisors have to stand behind it; the author is one of them."""
        return {"agent": 0, "supervisor": 1}.get(self.level, 2)

    def releases_after(self, roles: frozenset[str]) -> int:
        """Return how many others have to release what an author with these roles has written."""
        return max(0, self.supervisors - (SUPERVISOR in roles))


def authority_needed(given: Concession, *, periods: int, policy: Policy) -> AuthorityNeeded:
    """Return whose authority a plan needs: held against what is given up beyond what policy grants
    by itself; fees count with interest.

    Source: default policy, authority.
    """
    rules, person = policy.authority, given.by_person
    interest = person.interest_fen + person.fee_fen + given.interest_fen
    return AuthorityNeeded(
        (
            AuthorityLine(
                "penalty", person.penalty_fen, _up_to(person.penalty_fen, rules.agent_penalty_fen)
            ),
            AuthorityLine("periods", periods, _of_periods(periods, policy)),
            AuthorityLine(
                "interest",
                interest,
                _up_to(interest, 0, rules.supervisor_interest_fen),
            ),
            AuthorityLine("principal", person.principal_fen, _of_principal(person)),
        )
    )


def authority_of(
    terms: PlannedTerms, *, contracts: Mapping[str, Contract], policy: Policy
) -> AuthorityNeeded:
    """Return whose word the terms of a version need.

    Source: default policy, authority.
    """
    given = concession_of(terms, contracts=contracts, policy=policy)
    return authority_needed(given, periods=terms.periods, policy=policy)


def may_approve(needed: AuthorityNeeded, roles: frozenset[str]) -> bool:
    """Tell whether someone with these roles may be one of those who stand behind a plan.

    Source: default policy, authority.
    """
    if needed.level == "nobody":
        return False
    if SUPERVISOR in roles:
        return True
    return "agent" in roles and needed.level == "agent"


def widest(levels: Iterable[Level]) -> Level:
    """Return the level with the widest reach."""
    return min(levels, key=LEVELS.index)


def _up_to(fen: int, agent_fen: int, supervisor_fen: int | None = None) -> Level:
    if fen <= agent_fen:
        return "agent"
    within = supervisor_fen is None or fen <= supervisor_fen
    return "supervisor" if within else "two_supervisors"


def _of_periods(periods: int, policy: Policy) -> Level:
    if periods <= policy.authority.agent_periods:
        return "agent"
    return "supervisor" if periods <= policy.authority.supervisor_periods else "nobody"


def _of_principal(person: Components) -> Level:
    return "two_supervisors" if person.principal_fen else "agent"
