"""Locking all of a person at once: what is counted about them is one count. Never commits."""

from sqlalchemy.orm import Session

from app.models import Borrower
from app.services.identity.people import named_first, rows_of


def lock_person(session: Session, *, borrower_public_id: str) -> tuple[Borrower, ...]:
    """Lock all rows of a person until the commit, in one order, and read them anew; the customer
    named comes first. Rows that only name them may still be written.

    Raises: NotFound.
    """
    query = rows_of(borrower_public_id).with_for_update(key_share=True)
    rows = session.scalars(query, execution_options={"populate_existing": True}).all()
    return named_first(rows, borrower_public_id)
