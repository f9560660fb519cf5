"""Which loans nobody may collect on: every hold that runs at an instant, a line a loan."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, or_, select, union_all
from sqlalchemy.orm import Session

from app.models import Borrower, Hold, Loan

MOST_LOANS = 1_000
# Rows of a stream that are fetched at once.
A_PART = 2_000


class LoanHeld(NamedTuple):
    """One hold on one loan; until_at None: no end is set yet."""

    loan_ref: str
    customer_no: str
    cause: str
    from_at: datetime
    until_at: datetime | None


@dataclass(frozen=True)
class HeldPage:
    """Holds by loan, in the order of their numbers; `next_after` is the loan that the next page
    comes after, None at the end. A loan's holds are always on one page.
    """

    holds: tuple[LoanHeld, ...]
    next_after: str | None


def held_page(session: Session, *, at: datetime, after: str, limit: int) -> HeldPage:
    """Return the holds that run at an instant on up to `limit` loans after one.

    Source: ADR 0087; default policy, hold on collection.
    """
    limit = max(1, min(limit, MOST_LOANS))
    rest = Loan.ref > after
    refs = union_all(*(one.with_only_columns(Loan.ref).where(rest) for one in _held(at)))
    found = refs.subquery()
    wanted = select(found.c.ref).distinct().order_by(found.c.ref).limit(limit + 1)
    names = session.scalars(wanted).all()
    mine = names[:limit]
    holds = _rows(session, at, Loan.ref.in_(mine)) if mine else iter(())
    return HeldPage(tuple(holds), mine[-1] if len(names) > limit else None)


def all_held(session: Session, *, at: datetime) -> Iterator[LoanHeld]:
    """Yield every hold that runs at an instant, by loan: a stream in constant memory."""
    return _rows(session, at, None)


def runs_at(at: datetime) -> ColumnElement[bool]:
    """Return the condition that a hold runs at an instant, by its times alone."""
    is_open = or_(Hold.until_at.is_(None), Hold.until_at > at)
    return and_(Hold.from_at <= at, is_open)


def _held(at: datetime) -> tuple[Select[*tuple[Any, ...]], Select[*tuple[Any, ...]]]:
    """The holds of single loans, and those of everything that a borrower has."""
    columns = select(
        Loan.ref, Borrower.customer_no, Hold.cause, Hold.from_at, Hold.until_at, Hold.id
    )
    of_loan = columns.select_from(Hold).join(Loan, Loan.id == Hold.loan_id)
    of_all = columns.select_from(Hold).join(Loan, Loan.borrower_id == Hold.borrower_id)
    return (
        of_loan.join(Borrower, Borrower.id == Loan.borrower_id).where(runs_at(at)),
        of_all.join(Borrower, Borrower.id == Loan.borrower_id).where(
            runs_at(at), Hold.loan_id.is_(None)
        ),
    )


def _rows(session: Session, at: datetime, which: ColumnElement[bool] | None) -> Iterator[LoanHeld]:
    parts = [one if which is None else one.where(which) for one in _held(at)]
    held = union_all(*parts).subquery()
    ordered = select(held).order_by(held.c.ref, held.c.from_at, held.c.id)
    for row in session.execute(ordered.execution_options(yield_per=A_PART)):
        yield LoanHeld(*row[:5])
