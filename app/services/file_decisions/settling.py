"""Two mobiles or names came for one person and none was stored: a member of staff decides."""

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.texts import N_
from app.models import Borrower, ContestedValue
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.file_decisions.deciding import LONGEST_WORDS, WhyNeeded
from app.services.file_decisions.queries import ContestedPerson, contested_person


class ChoiceGone(RuleBroken):
    """Something else was decided, or came with a file, in the meantime."""

    code = "choice_gone"
    message = N_("这里刚刚有了变化，请刷新后再看")


def open_contested(session: Session, context: Context, *, public_id: str) -> ContestedPerson:
    """Return the values of a person in full, on record: masked they may look alike.

    Raises: NotFound.
    Source: I-15.
    """
    with transaction(session):
        found = contested_person(session, context, public_id=public_id, is_masked=False)
        audit.record(
            session,
            context,
            action="borrower.contested_viewed",
            object_kind="borrower",
            object_id=public_id,
        )
        return found


def settle_person(
    session: Session,
    context: Context,
    *,
    public_id: str,
    chosen: Mapping[str, int],
    words: str,
) -> None:
    """Let the chosen value of each field that is contested stand; `chosen` has its row by field.

    Raises: NotFound, ChoiceGone, WhyNeeded.
    Source: contract, the nightly file: two mobiles or names are reported.
    """
    said = words.strip()
    if not said or len(said) > LONGEST_WORDS:
        raise WhyNeeded
    with transaction(session):
        one = (
            select(Borrower).where(Borrower.public_id == public_id).with_for_update(key_share=True)
        )
        borrower = session.scalars(one, execution_options={"populate_existing": True}).one_or_none()
        if borrower is None:
            raise NotFound
        values = session.scalars(
            select(ContestedValue).where(ContestedValue.borrower_id == borrower.id)
        ).all()
        # All of it at once: half a decision would let messages go out.
        if not values or {one.field for one in values} != set(chosen):
            raise ChoiceGone
        for field, row_id in chosen.items():
            found = [one for one in values if one.id == row_id and one.field == field]
            if not found:
                raise ChoiceGone
            _take(borrower, found[0])
        borrower.is_contested = False
        session.execute(
            delete(ContestedValue)
            .where(ContestedValue.borrower_id == borrower.id)
            .execution_options(synchronize_session=False)
        )
        audit.record(
            session,
            context,
            action="borrower.settled",
            object_kind="borrower",
            object_id=public_id,
            after={"fields": sorted(chosen)},
            reason=said,
        )


def _take(borrower: Borrower, value: ContestedValue) -> None:
    # Sealed for the borrower's own row already.
    if value.field == "name":
        borrower.name_enc, borrower.name_hmac = value.value_enc, value.value_hmac
        return
    borrower.mobile_enc, borrower.mobile_hmac = value.value_enc, value.value_hmac
    borrower.mobile_last4_hmac = value.last4_hmac or ""
