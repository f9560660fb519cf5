"""Whether what lists are added up, counted and ordered by is what the tables come to, read anew
from parts, plans, loans and cases (ADR 0062), and whether each loan has figures. Reads only.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.states import OPEN_VERSIONS, OURS
from app.models import (
    Agreement,
    AgreementSum,
    Case,
    DueDate,
    Loan,
    LoanSnapshot,
    Plan,
    PlanLoan,
    PlanPart,
    PlanVersion,
    QueueCount,
    QueuePlace,
    RegisterSum,
)
from app.models.counted import COUNTED, FILTERED, MARK, SUMMED

BATCH = 500
# Which amount a component of a part adds to, by its place in SUMMED.
PLACES = {"fee": 1, "penalty": 2, "interest": 3, "old_interest": 3, "principal": 4}
WAIVED = 5
Cell = tuple[Any, ...]


def uncounted_sums(session: Session) -> Iterator[str]:
    """I20: every agreement's sums are those of its parts, and the register's those of its
    agreements.
    """
    register = _Register()
    query = (
        select(
            Agreement.id,
            Agreement.number,
            Agreement.signed_at,
            Agreement.version_id,
            Plan.id.label("plan_id"),
            Plan.state,
            PlanVersion.kind,
            AgreementSum,
        )
        .join(PlanVersion, PlanVersion.id == Agreement.version_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .outerjoin(AgreementSum, AgreementSum.agreement_id == Agreement.id)
        .order_by(Agreement.id)
    )
    for rows in session.execute(query.execution_options(yield_per=BATCH)).partitions():
        yield from register.add(session, rows)
    yield from _differing(
        "register", RegisterSum, ("due_month", *FILTERED), register.cells, session
    )


@dataclass
class _Register:
    """What the register comes to, cell by cell."""

    cells: dict[Cell, list[int]] = field(default_factory=dict)

    def add(self, session: Session, rows: Sequence[Any]) -> Iterator[str]:
        """Count agreements, and name those whose stored sums are others."""
        amounts = _amounts(session, [row.version_id for row in rows])
        products = _products(session, [row.plan_id for row in rows])
        months = _months(session, [row.id for row in rows])
        for row in rows:
            told = beijing_date(row.signed_at), row.state, row.kind, products[row.plan_id]
            sums = amounts[row.version_id]
            stored = row.AgreementSum
            if stored is None or _row(stored, (*FILTERED, *SUMMED)) != (*told, *sums):
                yield f"{row.number}: its sums are not those of its parts"
            for month in (None, *sorted(months[row.id])):
                cell = self.cells.setdefault((month, *told), [0] * (1 + len(sums)))
                for place, amount in enumerate((1, *sums)):
                    cell[place] += amount


def unplaced_cases(session: Session) -> Iterator[str]:
    """I21: every plan with an open version has its place in the queue as its case tells, no other
    has one, and the desk counts them all.
    """
    counts: Counter[Cell] = Counter()
    query = (
        select(Plan.number, PlanVersion, Case, QueuePlace)
        .join(Case, Case.plan_id == Plan.id)
        .join(PlanVersion, PlanVersion.plan_id == Plan.id)
        .outerjoin(QueuePlace, QueuePlace.plan_id == Plan.id)
        .where(PlanVersion.state.in_(OPEN_VERSIONS))
        .order_by(Plan.id)
    )
    open_plans = 0
    for number, version, case, place in session.execute(
        query.execution_options(yield_per=BATCH, populate_existing=True)
    ):
        open_plans += 1
        counted, ordered = _place_of(version, case)
        counts[counted] += 1
        if place is None or (_row(place, COUNTED), _row(place, ORDERED)) != (counted, ordered):
            yield f"{number}: its place in the queue is not what its case tells"
    if session.scalar(select(func.count()).select_from(QueuePlace)) != open_plans:
        yield "queue: places of plans that are not open"
    cells = {cell: [count] for cell, count in counts.items()}
    yield from _differing("queue", QueueCount, COUNTED, cells, session)


def loans_without_figures(session: Session) -> Iterator[str]:
    """I22: every loan has figures of the day it names, its own or that of the newest file (ADR
    0064); one without would be on no page.
    """
    figures = and_(LoanSnapshot.loan_id == Loan.id, LoanSnapshot.as_of_on == Loan.as_of_on)
    query = select(Loan.ref).outerjoin(LoanSnapshot, figures).where(LoanSnapshot.id.is_(None))
    found = session.scalars(query.order_by(Loan.id).execution_options(yield_per=BATCH))
    yield from (f"loan {ref[-4:]}: there are no figures of the day it names" for ref in found)


ORDERED = ("version_id", "is_ours", "due_on", "submitted_at", "valid_until_at")


def _place_of(version: PlanVersion, case: Case) -> tuple[Cell, Cell]:
    valid = version.valid_until_at
    counted = (
        version.state,
        case.waits_for,
        case.owner_staff_id,
        case.handed_up_at is not None,
        version.state == "approved" and case.document_fault is not None,
        version.state == "approved" and case.figures_changed_at is not None,
        case.answer_by_on,
        beijing_date(valid) if valid else None,
    )
    due_on = case.answer_by_on or version.decide_by_on
    ours = case.waits_for in OURS
    return counted, (version.id, ours, due_on, version.submitted_at, valid)


def _differing(
    what: str,
    table: type[RegisterSum] | type[QueueCount],
    names: Sequence[str],
    true: dict[Cell, list[int]],
    session: Session,
) -> Iterator[str]:
    """Name the cells whose differences do not come to what is true."""
    amounts = ("count", *SUMMED) if table is RegisterSum else ("count",)
    columns = [getattr(table, one) for one in names]
    query: Select[Any] = select(*columns, *(func.sum(getattr(table, one)) for one in amounts))
    stored = {
        tuple(row[: len(names)]): [int(one) for one in row[len(names) :]]
        for row in session.execute(query.group_by(*columns))
    }
    for cell in sorted(stored.keys() | true.keys(), key=str):
        nothing = [0] * len(amounts)
        if stored.get(cell, nothing) != true.get(cell, nothing):
            told = ", ".join(str(one) for one in cell)
            yield f"{what}: {told.replace(MARK, ' ')} is not what its rows come to"


def _amounts(session: Session, versions: Sequence[int]) -> dict[int, list[int]]:
    """The sums of versions in the order of SUMMED."""
    found: dict[int, list[int]] = defaultdict(lambda: [0] * len(SUMMED))
    query = select(
        PlanPart.version_id,
        PlanPart.loan_id,
        PlanPart.number,
        PlanPart.component,
        PlanPart.fen,
        PlanPart.waived_fen,
    ).where(PlanPart.version_id.in_(versions))
    payments = set()
    for version, loan, number, component, fen, waived in session.execute(query):
        found[version][0] += (version, loan, number) not in payments
        payments.add((version, loan, number))
        found[version][PLACES[component]] += fen
        found[version][WAIVED] += waived
    return found


def _products(session: Session, plans: Sequence[int]) -> dict[int, str]:
    query = select(PlanLoan.plan_id, Loan.product).join(Loan, Loan.id == PlanLoan.loan_id)
    named = defaultdict(set)
    for plan, product in session.execute(query.where(PlanLoan.plan_id.in_(plans))):
        named[plan].add(product)
    return {plan: MARK + MARK.join(sorted(found)) + MARK for plan, found in named.items()}


def _months(session: Session, agreements: Sequence[int]) -> dict[int, set[date]]:
    found = defaultdict(set)
    query = select(DueDate.agreement_id, DueDate.due_on)
    for agreement, due_on in session.execute(query.where(DueDate.agreement_id.in_(agreements))):
        found[agreement].add(due_on.replace(day=1))
    return found


def _row(stored: Any, names: Sequence[str]) -> Cell:
    return tuple(getattr(stored, one) for one in names)
