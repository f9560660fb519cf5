"""Staff look borrowers up; every search and every view leaves an audit entry in the same
transaction.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.models import Loan
from app.services.borrowers.desk_queries import (
    BorrowerDesk,
    BorrowerRow,
    LoanDesk,
    borrower_desk,
    borrowers_like,
    kind_of,
    loan_desk,
    normalised,
    remark_of,
    whole_name,
)
from app.services.core.audit import record
from app.services.core.context import Context
from app.services.core.transaction import transaction


def find(session: Session, context: Context, *, text: str) -> tuple[BorrowerRow, ...]:
    """Find borrowers by exact mobile, identity number, or any number of theirs; masked.

    The audit entry tells what kind of search it was and whom it found, never what was typed.
    """
    wanted = normalised(text)
    with transaction(session):
        # In the same transaction as its entry: nothing is shown that left none.
        found = borrowers_like(session, context, text=wanted) if wanted else ()
        record(
            session,
            context,
            action="borrower.searched",
            object_kind="borrower",
            object_id=found[0].public_id if len(found) == 1 else "-",
            # Whom it found and not what was typed: that is a person's number.
            after={"by": kind_of(wanted), "found": [one.public_id for one in found]},
        )

        return found


def open_borrower(session: Session, context: Context, *, public_id: str) -> BorrowerDesk:
    """Return a borrower for the desk, on record.

    Raises: NotFound.
    """
    with transaction(session):
        found = borrower_desk(session, context, public_id=public_id)
        record(
            session, context, action="borrower.viewed", object_kind="borrower", object_id=public_id
        )
        return found


def show_name(session: Session, context: Context, *, public_id: str) -> str:
    """Return a borrower's whole name; every look leaves an audit entry.

    Raises: NotFound.
    Source: I-15, I-16.
    """
    with transaction(session):
        found = whole_name(session, context, public_id=public_id)
        record(
            session,
            context,
            action="borrower.name_seen",
            object_kind="borrower",
            object_id=public_id,
        )
        return found


def open_loan(session: Session, context: Context, *, public_id: str) -> LoanDesk:
    """Return a loan for the desk, on record.

    Raises: NotFound.
    """
    with transaction(session):
        found = loan_desk(session, context, public_id=public_id)
        record(session, context, action="loan.viewed", object_kind="loan", object_id=public_id)
        return found


def show_remark(session: Session, context: Context, *, public_id: str) -> str:
    """Return the lender's remark on a loan in full; every look leaves an audit entry.

    Raises: NotFound.
    Source: I-16.
    """
    with transaction(session):
        loan = session.scalars(select(Loan).where(Loan.public_id == public_id)).one_or_none()
        if loan is None:
            raise NotFound
        record(session, context, action="loan.remark_seen", object_kind="loan", object_id=public_id)
        return remark_of(loan, context.vault)
