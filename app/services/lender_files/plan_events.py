"""What happened to signed plans on a day, each with the agreement that was the plan's book then.
Reads only.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, literal, select, union_all
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.plan_terms import LoanInPlan, PlannedTerms, moved_of, read_terms
from app.models import (
    Agreement,
    Borrower,
    Certificate,
    DateChange,
    Loan,
    Plan,
    PlanLoan,
    PlanNotice,
    PlanVersion,
)
from app.services.lender_files.day import A_PART, BATCH, ToldDay

SIGNED, CHANGED, MOVED = "signed", "changed", "date_moved"
COMPLETED, BROKEN, REOPENED = "completed", "broken", "reopened"
# In which state each leaves a plan. A plan that was completed and whose money was taken back, and
# one whose break was undone, runs again.
STATE_AFTER: Mapping[str, str] = {
    SIGNED: "active",
    CHANGED: "active",
    MOVED: "active",
    REOPENED: "active",
    COMPLETED: "completed",
    BROKEN: "broken",
}
BREAK = "break"


class PlanBook(NamedTuple):
    """An agreement that was a plan's book from its signature on; `replaces` is the one before."""

    number: str
    replaces: str
    signed_at: datetime
    terms: PlannedTerms


@dataclass(frozen=True)
class PlanEvent:
    """What happened to one plan; `certified` is what a certificate then said."""

    at: datetime
    what: str
    certified: str
    plan: str
    customer_no: str
    book: PlanBook
    refs: Mapping[str, str]

    @property
    def loans(self) -> tuple[tuple[str, LoanInPlan], ...]:
        """Return its loans with their numbers, longest overdue first."""
        return tuple((self.refs[one.public_id], one) for one in self.book.terms.loans)


def events_of(session: Session, *, day: ToldDay) -> Iterator[PlanEvent]:
    """Yield what happened to signed plans on a day, in its order: a stream, some plans at a time.

    Source: ADR 0087.
    """
    parts = union_all(*_happened(day)).subquery()
    ordered = select(parts).order_by(*parts.c)
    rest = iter(session.execute(ordered.execution_options(yield_per=A_PART)))
    while batch := list(islice(rest, BATCH)):
        yield from _told(session, batch)


def _happened(day: ToldDay) -> list[Select[*tuple[Any, ...]]]:
    nothing = literal("")

    def one(at: Any, what: str, plan: Any, key: Any, certified: Any = nothing) -> Any:
        columns = (at.label("at"), plan.label("plan_id"), literal(what).label("what"))
        told = select(*columns, key.label("key"), certified.label("certified"))
        return told.where(day.holds(at))

    signed = one(Agreement.signed_at, SIGNED, PlanVersion.plan_id, Agreement.id)
    kind = Certificate.kind
    undone = one(PlanNotice.taken_back_at, REOPENED, PlanNotice.plan_id, PlanNotice.id)
    broken = one(PlanNotice.at, BROKEN, PlanNotice.plan_id, PlanNotice.id)
    return [
        signed.join(PlanVersion, PlanVersion.id == Agreement.version_id),
        one(DateChange.at, MOVED, DateChange.plan_id, DateChange.id),
        one(Certificate.issued_at, COMPLETED, Certificate.plan_id, Certificate.id, kind),
        one(Certificate.withdrawn_at, REOPENED, Certificate.plan_id, Certificate.id),
        broken.where(PlanNotice.kind == BREAK),
        undone.where(PlanNotice.kind == BREAK),
    ]


def _told(session: Session, batch: Sequence[Row[*tuple[Any, ...]]]) -> Iterator[PlanEvent]:
    ids = {one.plan_id for one in batch}
    plans = _plans(session, ids)
    books = _books(session, ids)
    refs = _refs(session, ids)
    for one in batch:
        number, customer_no = plans[one.plan_id]
        # The last that was signed by then; the one it took the place of stays as it is.
        book = [each for each in books[one.plan_id] if each.signed_at <= one.at][-1]
        what = CHANGED if one.what == SIGNED and book.replaces else one.what
        yield PlanEvent(one.at, what, one.certified, number, customer_no, book, refs[one.plan_id])


def _plans(session: Session, ids: set[int]) -> dict[int, tuple[str, str]]:
    query = select(Plan.id, Plan.number, Borrower.customer_no)
    query = query.join(Borrower, Borrower.id == Plan.borrower_id).where(Plan.id.in_(ids))
    return {key: (number, customer_no) for key, number, customer_no in session.execute(query)}


def _books(session: Session, ids: set[int]) -> dict[int, list[PlanBook]]:
    query = (
        select(
            PlanVersion.plan_id,
            Agreement.number,
            Agreement.signed_at,
            PlanVersion.terms,
            PlanVersion.moved_months,
            PlanVersion.not_before_on,
        )
        .join(Agreement, Agreement.version_id == PlanVersion.id)
        .where(PlanVersion.plan_id.in_(ids))
        .order_by(PlanVersion.plan_id, Agreement.signed_at, Agreement.id)
    )
    found: dict[int, list[PlanBook]] = {}
    for row in session.execute(query):
        mine = found.setdefault(row.plan_id, [])
        signed_on = beijing_date(row.signed_at)
        terms = read_terms(row.terms, moved=moved_of(row), signed_on=signed_on)
        mine.append(PlanBook(row.number, mine[-1].number if mine else "", row.signed_at, terms))
    return found


def _refs(session: Session, ids: set[int]) -> dict[int, dict[str, str]]:
    query = select(PlanLoan.plan_id, Loan.public_id, Loan.ref)
    query = query.join(Loan, Loan.id == PlanLoan.loan_id).where(PlanLoan.plan_id.in_(ids))
    found: dict[int, dict[str, str]] = {}
    for plan_id, public_id, ref in session.execute(query):
        found.setdefault(plan_id, {})[public_id] = ref
    return found
