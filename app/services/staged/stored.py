"""What is stored of the people and loans that some rows of a nightly file name. Never commits."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import ARRAY, ColumnElement, String, any_, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.domain.states import PLAN_MOVES
from app.models import Borrower, Loan, Plan, PlanLoan


class KnownBorrower(NamedTuple):
    """Keyed hashes of a stored borrower."""

    public_id: str
    name_hmac: str
    mobile_hmac: str
    is_contested: bool


def stored_numbers(session: Session, *, numbers: Collection[str]) -> dict[str, str]:
    """Return by customer number the keyed hash of the ID it stands for."""
    own = select(Borrower.customer_no, Borrower.id_hmac).where(
        _among(session, Borrower.customer_no, numbers)
    )
    of_loans = select(Loan.customer_no, Borrower.id_hmac).join(
        Borrower, Borrower.id == Loan.borrower_id
    )
    found = session.execute(own.union(of_loans.where(_among(session, Loan.customer_no, numbers))))
    return {number: id_hmac for number, id_hmac in found}


def stored_people(session: Session, *, id_hmacs: Collection[str]) -> dict[str, KnownBorrower]:
    """Return people by the keyed hash of their ID."""
    query = select(
        Borrower.id_hmac,
        Borrower.public_id,
        Borrower.name_hmac,
        Borrower.mobile_hmac,
        Borrower.is_contested,
    ).where(_among(session, Borrower.id_hmac, id_hmacs))
    # The oldest row of a person stands.
    found = session.execute(query.order_by(Borrower.id.desc()))
    return {
        one.id_hmac: KnownBorrower(one.public_id, one.name_hmac, one.mobile_hmac, one.is_contested)
        for one in found
    }


def stored_refs(session: Session, *, refs: Collection[str]) -> dict[str, str]:
    """Return the public ids of loans by their number."""
    query = select(Loan.ref, Loan.public_id).where(_among(session, Loan.ref, refs))
    return {ref: public_id for ref, public_id in session.execute(query)}


def planned_refs(session: Session, *, refs: Collection[str]) -> set[str]:
    """Return the loans on which a plan was ever signed, kept or ended."""
    query = select(Loan.ref).join(PlanLoan, PlanLoan.loan_id == Loan.id)
    query = query.join(Plan, Plan.id == PlanLoan.plan_id).where(Plan.state.in_(PLAN_MOVES))
    return set(session.scalars(query.where(_among(session, Loan.ref, refs))))


def _among(
    session: Session, key: InstrumentedAttribute[str], texts: Collection[str]
) -> ColumnElement[bool]:
    """Return whether a key is one of many texts; those with a NUL are stored nowhere."""
    # PostgreSQL takes no NUL. Of one array its plan is made once and kept, of a list of values for
    # each list anew.
    asked = [text for text in texts if "\0" not in text]
    if session.get_bind().dialect.name == "postgresql":
        return key == any_(literal(asked, ARRAY(String)))
    return key.in_(asked)
