"""Checks of callers and changed mobiles, held against what they rest on. Reads only."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.caller import RIGHT_TO_PASS
from app.domain.mobile_change import STANDING
from app.models import Borrower, IdentityAnswer, IdentityCheck, MobileChange

CONFIRMED = ("confirmed", "in_file", "objected", "replaced", "undone")


def untrue_checks(session: Session) -> Iterator[str]:
    """Yield every passed check without enough right answers, every changed mobile without two
    people or a passed check, every number that stands over the file without its change.

    Source: I-17, I-19.
    """
    yield from _passes(session)
    yield from _changes(session)
    yield from _numbers(session)


def _passes(session: Session) -> Iterator[str]:
    right = select(func.count()).where(
        IdentityAnswer.check_id == IdentityCheck.id, IdentityAnswer.result == "right"
    )
    passed = (IdentityCheck.state == "passed") != (right.scalar_subquery() >= RIGHT_TO_PASS)
    query = select(IdentityCheck.public_id).where(passed).order_by(IdentityCheck.id)
    yield from (f"{one}: passed, and not by its answers" for one in session.scalars(query))


def _changes(session: Session) -> Iterator[str]:
    query = select(MobileChange, IdentityCheck.state, IdentityCheck.by).join(
        IdentityCheck, IdentityCheck.id == MobileChange.check_id
    )
    for change, state, by in session.execute(query.order_by(MobileChange.id)):
        if (state, by) != ("passed", change.entered_by):
            yield f"{change.public_id}: entered without a check of the caller"
        second = change.confirmed_person
        if change.state in CONFIRMED and second in (None, change.entered_person):
            yield f"{change.public_id}: {change.state}, not confirmed by a second person"
        if change.state not in CONFIRMED and second is not None:
            yield f"{change.public_id}: {change.state}, confirmed"


def _numbers(session: Session) -> Iterator[str]:
    stands = MobileChange.state.in_(STANDING), MobileChange.id_hmac == Borrower.id_hmac
    query = (
        select(Borrower.public_id, Borrower.mobile_hmac, MobileChange)
        .outerjoin(MobileChange, stands[0] & stands[1])
        .where(Borrower.mobile_stands)
        .order_by(Borrower.id)
    )
    for borrower, mobile, change in session.execute(query):
        if change is None or borrower not in change.changed:
            yield f"{borrower}: a number over the file, and no change"
        elif mobile != (change.new_hmac if change.state == "confirmed" else change.old_hmac):
            yield f"{borrower}: not the number of {change.public_id}"
