"""The loans that a plan covers, and how pages name them. Reads only."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.plan_terms import PlannedTerms, loans_named
from app.models import Loan, PlanLoan

TAIL_CHARS = 4


class LoanName(NamedTuple):
    """A loan as pages name it; `tail` is the end of its reference."""

    public_id: str
    product: str
    tail: str

    @property
    def label(self) -> str:
        """Return the loan as the desk names it."""
        return f"{self.product} {self.tail}"


def name_of(loan: Loan) -> LoanName:
    """Return how pages name a loan."""
    return LoanName(loan.public_id, loan.product, loan.ref[-TAIL_CHARS:])


def names_in(terms: PlannedTerms, loans: Iterable[Loan]) -> tuple[LoanName, ...]:
    """Return how pages name a plan's loans, in the order of its terms: longest overdue first."""
    return tuple(name_of(one) for one in in_order(terms, loans))


def names_by(terms: Mapping[str, Any], loans: Iterable[Loan]) -> tuple[LoanName, ...]:
    """Return how pages name a plan's loans by its terms as they are stored, which a list of many
    plans need not read whole.
    """
    by_id = {one.public_id: one for one in loans}
    return tuple(name_of(by_id[one]) for one in loans_named(terms))


def in_order(terms: PlannedTerms, loans: Iterable[Loan]) -> tuple[Loan, ...]:
    """Return a plan's loans in the order of its terms: longest overdue first."""
    by_id = {one.public_id: one for one in loans}
    return tuple(by_id[one.public_id] for one in terms.loans)


def loans_in(session: Session, *, plan_id: int) -> tuple[Loan, ...]:
    """Return the loans that a plan covers, the oldest row first."""
    return loans_of(session, plan_ids=(plan_id,)).get(plan_id, ())


def loans_of(session: Session, *, plan_ids: Sequence[int]) -> dict[int, tuple[Loan, ...]]:
    """Return the loans of several plans, by plan, in one query."""
    query = (
        select(PlanLoan.plan_id, Loan)
        .join(Loan, Loan.id == PlanLoan.loan_id)
        .where(PlanLoan.plan_id.in_(plan_ids))
        .order_by(Loan.id)
    )
    found: dict[int, tuple[Loan, ...]] = {}
    for plan_id, loan in session.execute(query):
        found[plan_id] = (*found.get(plan_id, ()), loan)
    return found
