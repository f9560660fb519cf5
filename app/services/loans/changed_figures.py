"""What is owed on a plan's loans by what is known today, beside what its terms stand on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.domain.allocation import Components
from app.domain.plan_terms import PlannedTerms
from app.domain.policy import Policy
from app.models import Loan
from app.services.loans.figures import Figures, figures_where
from app.services.loans.left_figures import left_now


@dataclass(frozen=True)
class ChangedLoan:
    """A loan of which something else is owed for the day a plan on it was submitted than its terms
    say.

    Units: fen; net of the excess over the ceiling. `loan` is its public id.
    """

    loan: str
    then: Components
    now: Components
    then_fen: int
    now_fen: int

    @property
    def less_fen(self) -> int:
        """Return how much less is owed than the terms say, in fen; below zero it is more."""
        return self.then_fen - self.now_fen


def are_known(loans: Iterable[Loan]) -> bool:
    """Tell whether all are in the file: of one that is missing nobody can say what is owed."""
    return all(one.missing_since_on is None for one in loans)


def changed_loans(
    session: Session, *, terms: PlannedTerms, loans: Sequence[Loan], policy: Policy
) -> tuple[ChangedLoan, ...]:
    """Return the loans of open terms whose figures changed since, in the order of the terms.

    For the day of the submission and not for today: the days since are free (ADR 0005).
    Source: product, states: recalled when the loan's figures changed.
    """
    mine = Loan.id.in_([one.id for one in loans])
    return changed_in(terms, figures_where(session, mine, policy=policy, today=terms.start_on))


def changed_in(terms: PlannedTerms, figures: Iterable[Figures]) -> tuple[ChangedLoan, ...]:
    """Return the loans of open terms of which something else is owed by these figures; one that is
    missing from the file has none to compare.
    """
    known = owed_now(terms, tuple(figures))
    each = ((one, *known[one.public_id]) for one in terms.loans if one.public_id in known)
    return tuple(
        ChangedLoan(one.public_id, one.owed, net, one.payoff_fen, payoff)
        for one, net, payoff in each
        if (one.owed, one.payoff_fen) != (net, payoff)
    )


def owed_now(
    terms: PlannedTerms, figures: Sequence[Figures]
) -> Mapping[str, tuple[Components, int]]:
    """Return what open terms would stand on by these figures, by the loan's public id: net by
    component, and in all. Of terms in the place of a signed plan what is left of that one.

    Units: fen.
    """
    if terms.replaces:
        return left_now(terms, figures)
    # What is open stops what accrues, so these are the figures of its start, whatever the day.
    return {
        one.loan.public_id: (one.owed.net, one.owed.payoff_fen)
        for one in figures
        if one.loan.missing_since_on is None
    }
