"""The rows of one person: the lender may know one as several customers. Only reads."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.models import Borrower


def person_of(session: Session, *, borrower_public_id: str) -> tuple[Borrower, ...]:
    """Return the customer named, then the same person's other customers.

    Raises: NotFound.
    """
    return named_first(session.scalars(rows_of(borrower_public_id)).all(), borrower_public_id)


def rows_of(public_id: str) -> Select[Borrower]:
    """Return the query of all rows of the person whom one customer is."""
    mine = select(Borrower.id_hmac).where(Borrower.public_id == public_id).scalar_subquery()
    return select(Borrower).where(Borrower.id_hmac == mine).order_by(Borrower.id)


def named_first(rows: Sequence[Borrower], public_id: str) -> tuple[Borrower, ...]:
    """Return rows with the customer named at the front.

    Raises: NotFound where there are none.
    """
    if not rows:
        raise NotFound
    return tuple(sorted(rows, key=lambda one: one.public_id != public_id))
