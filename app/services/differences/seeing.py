"""Who of finance sees to a difference, and what they found out."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.texts import N_
from app.models import FileDifference, Loan
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction

LONGEST_WORDS = 300


class DifferenceWordsLong(RuleBroken):
    """What was found out fits in a few lines."""

    code = "difference_words"
    message = N_("原因最多 300 个字")


class DifferenceGone(RuleBroken):
    """Rules explain it meanwhile, or a newer file does not tell it any more."""

    code = "difference_gone"
    message = N_("这处差异已经没有了，或者已经有了新的文件，请看现在的列表")


def see_to_difference(session: Session, context: Context, *, key: int, words: str) -> None:
    """Take a difference, with what is known of it by now; it goes along to the file of the next day
    for as long as it stays the same.

    Idempotent on: who sees to it and the words.
    Raises: NotFound, DifferenceGone, DifferenceWordsLong.
    Source: rules part 1, the ledger.
    """
    said = words.strip()
    if len(said) > LONGEST_WORDS:
        raise DifferenceWordsLong
    with transaction(session):
        one = select(FileDifference).where(FileDifference.id == key).with_for_update()
        row = session.scalars(one).one_or_none()
        if row is None:
            raise NotFound
        if not row.open_fen:
            raise DifferenceGone
        if (row.owner_id, row.words) == (context.staff.staff_id, said):
            return
        row.owner_id, row.owned_at, row.words = context.staff.staff_id, context.now, said
        ref = session.scalar(select(Loan.ref).where(Loan.id == row.loan_id))
        session.flush()
        audit.record(
            session,
            context,
            action="difference_seen_to",
            object_kind="difference",
            object_id=f"{row.as_of_on.isoformat()} {ref} {row.component}",
            after={"owner": context.staff.public_id, "open_fen": row.open_fen},
        )
