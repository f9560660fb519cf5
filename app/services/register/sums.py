"""What the register comes to and which products it has, from the sums that triggers keep
(ADR 0062), and once more from the parts themselves. Reads only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, select
from sqlalchemy.orm import Session

from app.domain.allocation import Components
from app.domain.states import REPLACED
from app.models import Agreement, AgreementSum, Loan, Plan, PlanLoan, PlanPart, RegisterSum
from app.models.counted import MARK
from app.services.register.filter import RegisterFilter, conditions, joined, starts

# So many are read and added up for one page.
MOST_BEGIN = 1_000
# The tables that both carry what the register is filtered by.
Sums = type[AgreementSum] | type[RegisterSum]


@dataclass(frozen=True)
class RegisterTotals:
    """What a filter comes to.

    Units: fen; interest is the plan's own and the old one together; `instalments` are the rows of
           the sheet of instalments. One that another agreement took the place of is counted, and
           its sums are not: what was left of it is in that one.
    """

    count: int
    planned: Components
    waived_fen: int
    instalments: int

    @property
    def total_fen(self) -> int:
        """Return everything the agreements ask for."""
        return self.planned.total


def register_totals(session: Session, *, wanted: RegisterFilter) -> RegisterTotals:
    """Return what the agreements of a filter come to, by component."""
    columns = _summed(AgreementSum if wanted.number else RegisterSum)
    if wanted.number:
        query = columns.where(AgreementSum.agreement_id.in_(narrowed(session, wanted=wanted)))
    else:
        query = columns.where(*_held(session, wanted))
    return _totals(session.execute(query).one())


def days_of(
    session: Session, *, wanted: RegisterFilter, until: date | None, rows: int
) -> tuple[date, date] | None:
    """Return the days between which the next agreements of a filter without a number were signed,
    so many at least or all that are left, newest first from a day on; None where there are none.
    """
    day = RegisterSum.signed_on
    query = select(day, func.sum(RegisterSum.count)).where(*_held(session, wanted))
    if until is not None:
        query = query.where(day <= until)
    found: list[date] = []
    held = 0
    days = query.group_by(day).having(func.sum(RegisterSum.count) > 0).order_by(day.desc())
    for signed_on, count in session.execute(days):
        found.append(signed_on)
        # Of the first day some may lie on the page before.
        held += count if signed_on != until else 0
        if held >= rows:
            break
    return (found[-1], found[0]) if found else None


def register_products(session: Session) -> tuple[str, ...]:
    """Return the products of the loans that agreements are about, in the order of their names."""
    found = {one for products in _all_products(session) for one in _names(products)}
    return tuple(sorted(found))


def begin_many(session: Session, *, number: str) -> bool:
    """Whether more than MOST_BEGIN agreements, loans or contracts begin with a number: reading and
    adding up all of them takes a page too long.
    """
    for column in (Agreement.number, Loan.ref, Loan.contract_no):
        text = number.upper() if column is Agreement.number else number
        found = select(column).where(starts(column, text)).limit(MOST_BEGIN + 1)
        if _count(session, found) > MOST_BEGIN:
            return True
    return False


def parts_totals(session: Session, *, wanted: RegisterFilter) -> RegisterTotals:
    """Return what the agreements of a filter come to, added up from every stored part anew: for
    files, which are handed out on it.
    """
    versions = joined(wanted, select(Agreement.version_id, Plan.state)).subquery()
    mine = PlanPart.version_id.in_(select(versions.c.version_id))
    # What another agreement took the place of is counted there.
    counted = select(versions.c.version_id).where(versions.c.state != REPLACED)
    query = select(PlanPart.component, func.sum(PlanPart.fen), func.sum(PlanPart.waived_fen)).where(
        PlanPart.version_id.in_(counted)
    )
    found = {
        component: (int(fen), int(waived))
        for component, fen, waived in session.execute(query.group_by(PlanPart.component))
    }
    rows = select(PlanPart.version_id).where(mine)
    rows = rows.group_by(PlanPart.version_id, PlanPart.loan_id, PlanPart.number)
    fen = {component: amounts[0] for component, amounts in found.items()}
    return RegisterTotals(
        count=_count(session, select(versions.c.version_id)),
        planned=Components(
            fee_fen=fen.get("fee", 0),
            penalty_fen=fen.get("penalty", 0),
            interest_fen=fen.get("interest", 0) + fen.get("old_interest", 0),
            principal_fen=fen.get("principal", 0),
        ),
        waived_fen=sum(waived for _fen, waived in found.values()),
        instalments=_count(session, rows),
    )


def loans_count(session: Session, *, wanted: RegisterFilter) -> int:
    """Return over how many loans the agreements of a filter are, one counted for each of them."""
    loans = joined(wanted, select(PlanLoan.id)).join(PlanLoan, PlanLoan.plan_id == Plan.id)
    return _count(session, loans)


def _count(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def with_product(session: Session, *, sums: Sums, product: str) -> ColumnElement[bool]:
    """Return the condition that a product is among those of an agreement."""
    with_it = [one for one in _all_products(session) if product in _names(one)]
    return sums.products.in_(with_it)


def _summed(sums: Sums) -> Select[Any]:
    count = func.sum(RegisterSum.count) if sums is RegisterSum else func.count()
    amounts = (
        sums.fee_fen,
        sums.penalty_fen,
        sums.interest_fen,
        sums.principal_fen,
        sums.waived_fen,
    )
    # What another agreement took the place of is counted there.
    counted = (func.sum(case((sums.state == REPLACED, 0), else_=one)) for one in amounts)
    columns: list[ColumnElement[Any]] = [count, *counted, func.sum(sums.instalments)]
    return select(*columns)


def _totals(row: Row[Any]) -> RegisterTotals:
    count, fee, penalty, interest, principal, waived, instalments = (int(one or 0) for one in row)
    planned = Components(
        fee_fen=fee, penalty_fen=penalty, interest_fen=interest, principal_fen=principal
    )
    return RegisterTotals(count, planned, waived, instalments)


def _held(session: Session, wanted: RegisterFilter) -> Sequence[ColumnElement[bool]]:
    """What the kept sums have to hold to: the same as an agreement, but for a number."""
    month = RegisterSum.due_month
    found = [month.is_(None) if wanted.due_month is None else month == wanted.due_month]
    if wanted.from_on:
        found.append(RegisterSum.signed_on >= wanted.from_on)
    if wanted.to_on:
        found.append(RegisterSum.signed_on <= wanted.to_on)
    return [*found, *_of_plans(session, RegisterSum, wanted)]


def narrowed(session: Session, *, wanted: RegisterFilter) -> Select[Any]:
    """Return the ids of a filter's agreements, found among narrow rows: no terms are read."""
    days = replace(wanted, state=None, kind=None, product=None)
    both = AgreementSum.agreement_id == Agreement.id
    query = select(Agreement.id).join(AgreementSum, both).where(*conditions(days))
    return query.where(*_of_plans(session, AgreementSum, wanted))


def _of_plans(
    session: Session, sums: Sums, wanted: RegisterFilter
) -> Iterator[ColumnElement[bool]]:
    if wanted.state:
        yield sums.state == wanted.state
    if wanted.kind:
        yield sums.kind == wanted.kind
    if wanted.product:
        yield with_product(session, sums=sums, product=wanted.product)


def _all_products(session: Session) -> Sequence[str]:
    query = select(RegisterSum.products).where(RegisterSum.due_month.is_(None))
    query = query.group_by(RegisterSum.products).having(func.sum(RegisterSum.count) > 0)
    return session.scalars(query).all()


def _names(products: str) -> list[str]:
    return [one for one in products.split(MARK) if one]
