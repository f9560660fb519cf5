"""Steps that every change of a mobile shares: lock, move, give the number, end sessions, tell. They
never commit.
"""

from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.mobile_change import MOVES, SETTLING_HOURS, STANDING
from app.domain.texts import N_
from app.models import Borrower, Loan, MobileChange, SessionRow
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import line_up_at_loans, stand_on_book
from app.services.identity.locking import lock_person
from app.services.outbox import queue as outbox_queue
from app.services.outbox.sms_texts import site_values, sms_text

OBJECT = "mobile_change"
TAIL = 4


class ChangeOver(RuleBroken):
    """A colleague was first, or the change never was in a state for this."""

    code = "change_over"
    message = N_("这次换号的状态已经变了，请看现在到哪一步")


class SamePerson(RuleBroken):
    """Who had a hand in a change has not the next word in it."""

    code = "same_person"
    message = N_("您经手过这次换号，要由另一位同事来办")


def lock_change(
    session: Session, context: Context, *, public_id: str
) -> tuple[MobileChange, tuple[Borrower, ...]]:
    """Lock the person, their loans and then the change until the commit, and read them anew. A
    signature locks its loan, so that the two wait for each other.

    Raises: NotFound.
    """
    whose = select(Borrower.public_id).join(MobileChange, MobileChange.borrower_id == Borrower.id)
    borrower = session.scalar(whose.where(MobileChange.public_id == public_id))
    if borrower is None:
        raise NotFound
    stand_on_book(session)
    person = lock_person(session, borrower_public_id=borrower)
    loans = select(Loan.id).where(Loan.borrower_id.in_([one.id for one in person]))
    line_up_at_loans(session, loan_ids=loans)
    query = select(MobileChange).where(MobileChange.public_id == public_id).with_for_update()
    return session.scalars(query, execution_options={"populate_existing": True}).one(), person


def move(change: MobileChange, to: str) -> None:
    """Move a locked change to a state.

    Raises: ChangeOver.
    """
    if to not in MOVES[change.state]:
        raise ChangeOver
    change.state = to


def check_two(context: Context, *persons: str | None) -> None:
    """Pass where the acting person is none of those: people and not accounts.

    Raises: SamePerson.
    """
    if context.staff.person_id in persons:
        raise SamePerson


def number_of(context: Context, change: MobileChange, which: Literal["old", "new"]) -> str:
    """Return the old or the new number of a change."""
    sealed = change.old_enc if which == "old" else change.new_enc
    return context.vault.unseal(sealed, table="mobile_changes", row=change.public_id, column=which)


def give_number(
    session: Session,
    context: Context,
    *,
    change: MobileChange,
    person: tuple[Borrower, ...],
    mobile: str,
) -> None:
    """Make it the number of the customers the change is about, and end every session of theirs:
    who holds the other number is out with the next request.
    """
    vault = context.vault
    for one in person:
        if one.public_id not in change.changed:
            continue
        one.mobile_enc = vault.seal(mobile, table="borrowers", row=one.public_id, column="mobile")
        one.mobile_hmac = vault.fingerprint(mobile, purpose="mobile")
        one.mobile_last4_hmac = vault.fingerprint(mobile[-TAIL:], purpose="mobile_last4")
        one.mobile_stands = change.state in STANDING
    ended = update(SessionRow).where(
        SessionRow.borrower_id.in_([one.id for one in person]), SessionRow.ended_at.is_(None)
    )
    session.execute(ended.values(ended_at=context.now, ended_why="mobile_changed", kept={}))
    session.flush()


def tell_both(
    session: Session, context: Context, *, change: MobileChange, borrower: Borrower, template: str
) -> None:
    """Tell the old and the new number, each in its own words, at once.

    Idempotent on: the change, the message and the instant it is about.
    """
    numbers = {which: number_of(context, change, which) for which in ("old", "new")}
    for which, to in numbers.items():
        text = sms_text(
            f"{template}_{which}",
            language=borrower.language,
            **site_values(context.site),
            tail=numbers["new" if template == "mobile_changed" else "old"][-TAIL:],
            hours=str(SETTLING_HOURS),
        )
        outbox_queue.enqueue_sms(
            session,
            context,
            purpose="security",
            to=to,
            text=text,
            borrower_id=borrower.id,
            key=f"{template}:{which}:{change.public_id}:{context.now.isoformat()}",
        )


def record(
    session: Session,
    context: Context,
    *,
    change: MobileChange,
    action: str,
    before: dict[str, str] | None = None,
    **after: str,
) -> None:
    """Leave the entry of a change; last in a use case."""
    session.flush()
    audit.record(
        session,
        context,
        action=action,
        object_kind=OBJECT,
        object_id=change.public_id,
        before=before,
        after={"state": change.state, **after},
    )
