"""People of whom two mobiles or names came, as the desk sees them: masked. Reads only."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.domain.masks import masked_mobile, masked_name
from app.models import Borrower, ContestedValue
from app.services.core.context import Context

MOST_LISTED = 100


@dataclass(frozen=True)
class ContestedPerson:
    """A borrower, and by field the values to choose from, each with its row."""

    public_id: str
    customer_no: str
    choices: dict[str, tuple[tuple[int, str], ...]]


def contested_people(session: Session, context: Context) -> tuple[ContestedPerson, ...]:
    """Return the first people about whom somebody has to decide, the oldest first."""
    ids = select(ContestedValue.borrower_id).distinct().order_by(ContestedValue.borrower_id)
    found = session.scalars(ids.limit(MOST_LISTED)).all()
    people = session.scalars(select(Borrower).where(Borrower.id.in_(found)).order_by(Borrower.id))
    return tuple(_person(session, context, one) for one in people)


def contested_person(
    session: Session, context: Context, *, public_id: str, is_masked: bool = True
) -> ContestedPerson:
    """Return one of them.

    Raises: NotFound, also for a borrower about whom there is nothing to decide.
    """
    one = select(Borrower).where(Borrower.public_id == public_id, Borrower.is_contested)
    borrower = session.scalars(one).one_or_none()
    if borrower is None:
        raise NotFound
    return _person(session, context, borrower, is_masked=is_masked)


def _person(
    session: Session, context: Context, borrower: Borrower, *, is_masked: bool = True
) -> ContestedPerson:
    values = session.scalars(
        select(ContestedValue)
        .where(ContestedValue.borrower_id == borrower.id)
        .order_by(ContestedValue.field, ContestedValue.value_hmac)
    )
    choices: dict[str, tuple[tuple[int, str], ...]] = {}
    for one in values:
        text = context.vault.unseal(
            one.value_enc, table="borrowers", row=borrower.public_id, column=one.field
        )
        masked = masked_mobile(text) if one.field == "mobile" else masked_name(text)
        shown = (one.id, masked if is_masked else text)
        choices[one.field] = (*choices.get(one.field, ()), shown)
    return ContestedPerson(borrower.public_id, borrower.customer_no, choices)
