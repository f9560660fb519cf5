"""Everything that some borrowers have, read for a batch of lines at once. Never writes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.states import KEPT_PLANS
from app.models import Borrower, Loan, Plan, PlanLoan, PlanVersion
from app.ports.vault import Vault

# So many values go into one query.
MOST_VALUES = 2_000
# A completed plan leaves nothing of its loans, but of this kind the contract goes on.
GOES_ON = "catch_up"


class HeldPlan(NamedTuple):
    """A plan of a borrower, by row ids."""

    id: int
    number: str
    borrower_id: int
    state: str
    kind: str | None

    @property
    def is_kept(self) -> bool:
        """Whether it was signed and runs."""
        return self.state in KEPT_PLANS


class HeldLoan(NamedTuple):
    """A loan of a borrower, by row ids."""

    id: int
    ref: str
    contract_no: str
    borrower_id: int
    is_missing: bool


@dataclass
class Held:
    """Names, plans and loans of some borrowers, by row id."""

    names: dict[int, str] = field(default_factory=dict)
    plans: dict[int, HeldPlan] = field(default_factory=dict)
    loans: dict[int, HeldLoan] = field(default_factory=dict)
    loans_of: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    # The running plan of each loan that has one.
    running: dict[int, int] = field(default_factory=dict)
    # Loans of which a completed plan left nothing, whatever the last file says.
    done: set[int] = field(default_factory=set)

    def cover(self, plan: HeldPlan, loan_id: int) -> None:
        """Note that a plan is about a loan."""
        self.loans_of[plan.id].append(loan_id)
        if plan.is_kept:
            self.running[loan_id] = plan.id
        elif plan.state == "completed" and plan.kind != GOES_ON:
            self.done.add(loan_id)


def held_by(session: Session, *, vault: Vault, borrower_ids: Collection[int]) -> Held:
    """Return everything that some borrowers have: four queries."""
    held = Held()
    people = select(Borrower.id, Borrower.public_id, Borrower.name_enc)
    for key, row, name_enc in each_of(
        session, query=people, column=Borrower.id, values=borrower_ids
    ):
        held.names[key] = vault.unseal(name_enc, table="borrowers", row=row, column="name")
    plans = select(Plan.id, Plan.number, Plan.borrower_id, Plan.state, PlanVersion.kind)
    of_signed = plans.outerjoin(PlanVersion, PlanVersion.id == Plan.active_version_id)
    for row in each_of(session, query=of_signed, column=Plan.borrower_id, values=borrower_ids):
        held.plans[row[0]] = HeldPlan(*row)
    is_missing = Loan.missing_since_on.is_not(None)
    loans = select(Loan.id, Loan.ref, Loan.contract_no, Loan.borrower_id, is_missing)
    for row in each_of(session, query=loans, column=Loan.borrower_id, values=borrower_ids):
        held.loans[row[0]] = HeldLoan(*row)
    covered = select(PlanLoan.plan_id, PlanLoan.loan_id).order_by(PlanLoan.id)
    for plan_id, loan_id in each_of(
        session, query=covered, column=PlanLoan.plan_id, values=held.plans
    ):
        held.cover(held.plans[plan_id], loan_id)
    return held


def each_of(session: Session, *, query: Any, column: Any, values: Iterable[Any]) -> Iterator[Any]:
    """Yield the rows of a query whose column has one of many values, few values a query."""
    rest = iter(sorted(values))
    while part := list(islice(rest, MOST_VALUES)):
        yield from session.execute(query.where(column.in_(part)))
