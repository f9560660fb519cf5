"""What the sentences of an agreement name, and how sums and loans are written in them. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from app.domain.money import Rate, capital_rmb, exact_percent, yuan
from app.domain.plan_terms import COMPONENT_NAMES, LoanInPlan, PlannedTerms, Waiver
from app.domain.policy import Policy


@dataclass(frozen=True)
class LoanFacts:
    """A loan of the plan as its contract has it.

    Units: ppm a year.
    """

    ref: str
    annual_ppm: int
    day_basis: int
    penalty_ppm: int
    last_due_on: date
    is_interest_first: bool
    share: LoanInPlan


@dataclass(frozen=True)
class ClauseFacts:
    """What the sentences name; loans in the order of the terms.

    Units: the order of payments as order_of returns it.
    """

    terms: PlannedTerms
    loans: tuple[LoanFacts, ...]
    payment_order: tuple[bool, tuple[str, ...]]
    policy: Policy

    @property
    def kind(self) -> str:
        """Return the kind of the plan."""
        return self.terms.kind

    @property
    def is_several(self) -> bool:
        """Whether the plan covers more than one loan."""
        return len(self.loans) > 1


def rates(facts: ClauseFacts, rate: Callable[[LoanFacts], Rate]) -> str:
    """Write a rate of each loan, whole; once where all have the same."""
    return of_each(facts, lambda one: exact_percent(rate(one)))


def of_each(facts: ClauseFacts, words: Callable[[LoanFacts], str]) -> str:
    """Write what is so of each loan, naming the loans where it is not so of all alike."""
    found: dict[str, list[str]] = {}
    for one in facts.loans:
        found.setdefault(words(one), []).append(one.ref)
    if len(found) == 1:
        return next(iter(found))
    return "、".join(f"{said}（借据号 {' '.join(refs)}）" for said, refs in found.items())


def waived_words(waivers: tuple[Waiver, ...]) -> str:
    """Write what is waived, component by component; where they are several, the sum too."""
    total = sum(one.fen for one in waivers)
    if len(waivers) == 1:
        (only,) = waivers
        return f"{COMPONENT_NAMES[only.component]} {yuan(total)}（{capital_rmb(total)}）"
    each = "、".join(f"{COMPONENT_NAMES[one.component]} {yuan(one.fen)}" for one in waivers)
    return f"{each}，共 {yuan(total)}（{capital_rmb(total)}）"


def waivers_of(terms: PlannedTerms) -> tuple[Waiver, ...]:
    """Return what is waived over all loans, a component each, in the order it is told.

    Units: fen.
    """
    conditions = {one.component: one.condition for loan in terms.loans for one in loan.waivers}
    sums = {name: getattr(terms.waived, f"{name}_fen") for name in TOLD}
    return tuple(Waiver(name, fen, conditions[name]) for name, fen in sums.items() if fen)


# What is given up first stands first.
TOLD = ("penalty", "interest", "fee", "principal")
