"""Which agreements of the register are asked for, as it is stored and as conditions of a query."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, select, union
from sqlalchemy.orm import InstrumentedAttribute

from app.domain.calendar import add_months, midnight
from app.domain.characters import plain_number
from app.domain.plan import KIND_NAMES
from app.domain.texts import N_
from app.models import Agreement, Borrower, DueDate, Loan, Plan, PlanLoan, PlanVersion

STATES: Mapping[str, str] = {
    "active": N_("执行中"),
    "in_cure": N_("宽限补救"),
    "completed": N_("已结清"),
    "broken": N_("已终止"),
    "replaced": N_("已取代"),
}
KINDS = KIND_NAMES
EARLIEST, LATEST = date(1900, 1, 1), date(9000, 1, 1)  # days beyond have no instant everywhere
# After every character a number can go on with.
LAST_CHARACTER = "\U0010ffff"
# The longest number there is: a loan's reference or a contract's.
MOST_NUMBER_CHARS = 40


@dataclass(frozen=True)
class RegisterFilter:
    """Which agreements; None asks for all.

    Signed from and to a day, both included; the plan's state and kind; the loan's product;
    `due_month` the first of a month in which a payment falls due as the paper prints it; `number`
    an agreement, a loan or a contract, whole or from the start, as sought() returns it.
    """

    from_on: date | None = None
    to_on: date | None = None
    state: str | None = None
    kind: str | None = None
    product: str | None = None
    due_month: date | None = None
    number: str | None = None

    def values(self) -> dict[str, str | None]:
        """Return the filter as it is stored."""
        days = {"from": self.from_on, "to": self.to_on}
        return {name: day.isoformat() if day else None for name, day in days.items()} | {
            "state": self.state,
            "kind": self.kind,
            "product": self.product,
            "due": month_text(self.due_month) if self.due_month else None,
            "number": self.number,
        }

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "RegisterFilter":
        """Read a stored filter; one stored before it could ask for something asks for all of it."""
        from_on, to_on = (
            date.fromisoformat(values[name]) if values.get(name) else None
            for name in ("from", "to")
        )
        due = values.get("due")
        return cls(
            from_on,
            to_on,
            values.get("state"),
            values.get("kind"),
            values.get("product"),
            date.fromisoformat(f"{due}-01") if due else None,
            values.get("number"),
        )


def month_text(month: date) -> str:
    """Return a month as it is stored and typed: 2026-12."""
    return month.isoformat()[:7]


def sought(text: str) -> str:
    """Return a number that was typed or pasted in half width, without blanks and what nobody
    sees.
    """
    return plain_number(text)


def conditions(wanted: RegisterFilter) -> list[ColumnElement[bool]]:
    """Return what a query over agreements, versions, plans and loans has to hold to.

    Source: rule book 9; ADR 0047.
    """
    found: list[ColumnElement[bool]] = []
    if wanted.from_on:
        found.append(Agreement.signed_at >= _midnight(wanted.from_on))
    if wanted.to_on:
        found.append(Agreement.signed_at < _midnight(wanted.to_on) + timedelta(days=1))
    if wanted.state:
        found.append(Plan.state == wanted.state)
    if wanted.kind:
        found.append(PlanVersion.kind == wanted.kind)
    if wanted.product:
        found.append(Agreement.id.in_(_over_loans(Loan.product == wanted.product)))
    if wanted.due_month:
        found.append(Agreement.id.in_(_due_in(wanted.due_month)))
    if wanted.number:
        # One query a way, each by an index of its own: joined by OR the database reads every row.
        ways = (
            select(Agreement.id).where(starts(Agreement.number, wanted.number.upper())),
            *(_of_loans(column, wanted.number) for column in (Loan.ref, Loan.contract_no)),
        )
        found.append(Agreement.id.in_(union(*ways)))

    return found


def joined(wanted: RegisterFilter, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Return a query over agreements with version, plan and borrower, held to a filter."""
    return (
        query.select_from(Agreement)
        .join(PlanVersion, PlanVersion.id == Agreement.version_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(Borrower, Borrower.id == Plan.borrower_id)
        .where(*conditions(wanted))
    )


def nearness(number: str) -> ColumnElement[int]:
    """Return how near an agreement is to a number that is looked for: 0 is the very one, 1 begins
    with it.
    """
    return case((is_whole(number), 0), else_=1)


def is_whole(number: str) -> ColumnElement[bool]:
    """Return the condition that the very number is an agreement's, its loan's or contract's."""
    ways = (
        select(Agreement.id).where(Agreement.number == number.upper()),
        *(_over_loans(column == number) for column in (Loan.ref, Loan.contract_no)),
    )
    return Agreement.id.in_(union(*ways))


def _due_in(month: date) -> Select[Any]:
    return select(DueDate.agreement_id).where(
        DueDate.due_on >= month, DueDate.due_on < add_months(month, 1)
    )


def _of_loans(column: InstrumentedAttribute[str], number: str) -> Select[Any]:
    return _over_loans(starts(column, number))


def _over_loans(condition: ColumnElement[bool]) -> Select[Any]:
    # A subquery and no join: an agreement over several loans is one row.
    return (
        select(Agreement.id)
        .join(PlanVersion, PlanVersion.id == Agreement.version_id)
        .join(PlanLoan, PlanLoan.plan_id == PlanVersion.plan_id)
        .join(Loan, Loan.id == PlanLoan.loan_id)
        .where(condition)
    )


def starts(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """Return the condition that a number begins with a text, or is it."""
    # A range and no LIKE: of LIKE each database knows another index, and another case of letters.
    return column.between(text, text + LAST_CHARACTER)


def _midnight(day: date) -> datetime:
    return midnight(min(max(day, EARLIEST), LATEST))
