"""What may be done in a thread and by whom, and the SMS that tells an answer. Only reads."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import AuditEntry, Case, Decision, Message, PlanVersion, Staff, Thread
from app.ports.site import Site
from app.services.core.context import Context
from app.services.outbox.sms_texts import message_values, sms_text

OBJECT = "thread"
ACK, REVIEW = "ack", "review"
STANDS_ASIDE = "thread.stood_aside"


def answer_text(number: str, site: Site, *, language: str) -> str:
    """Return the SMS that tells an answer: neutral, for a lock screen."""
    return sms_text("thread_answered", language=language, **message_values(number, site))


class ComplainedOf(RuleBroken):
    """Who is complained of does not handle the complaint."""

    code = "complained_of"
    message = N_("这件投诉和您经手的事有关，要由另一位同事处理")


class SecondLevel(RuleBroken):
    """A complaint that was answered once goes to a supervisor who has not answered it."""

    code = "second_level"
    message = N_("这件投诉已经答复过，要由没有答复过的主管重新看")


def may_restart(kind: str, state: str, authors: tuple[str, ...]) -> bool:
    """Tell whether the last word in an open complaint is something the borrower added."""
    # The first message opened the clock itself; only what came after it can be new.
    return (
        kind == "complaint"
        and state == "open"
        and len(authors) > 1
        and authors[-1].startswith("borrower:")
    )


def may_close(kind: str, state: str, answered_at: datetime | None) -> bool:
    """Tell whether the desk may end a thread."""
    # A complaint that was written to after its answer asks to be looked at again, and is not ended
    # by the desk (P-06).
    return state == "answered" or (
        kind == "question" and state == "open" and answered_at is not None
    )


def barred(session: Session, context: Context, *, thread: Thread) -> RuleBroken | None:
    """Return why a person may not handle a complaint, if they may not.

    Source: P-06, P-07.
    """
    if thread.kind != "complaint":
        return None
    # People and not accounts: a second account is no way round (P-07).
    if context.staff.person_id in _complained_of(session, thread):
        return ComplainedOf()

    if thread.answered_at is not None and thread.state == "open":
        authors = set(authors_in(session, thread=thread))
        has_answered = context.staff.person_id in _persons(session, authors)
        if has_answered or "supervisor" not in context.staff.roles:
            return SecondLevel()

    return None


def authors_in(session: Session, *, thread: Thread) -> tuple[str, ...]:
    """Return who wrote in a thread, message by message; an acknowledgement is no answer, and who
    wrote one has not answered.
    """
    query = select(Message.author).where(Message.thread_id == thread.id, Message.kind != ACK)
    query = query.order_by(Message.id)
    return tuple(session.scalars(query))


def _complained_of(session: Session, thread: Thread) -> set[str]:
    """Persons who stood aside, and those who entered, own or decided the proposal it is about."""
    # The trail is the only place where it stands (ADR 0029).
    aside = select(AuditEntry.after).where(
        AuditEntry.object_kind == OBJECT, AuditEntry.object_id == thread.public_id
    )
    entries = session.scalars(aside.where(AuditEntry.action == STANDS_ASIDE))
    found = _persons(session, {f"staff:{(entry or {}).get('owner')}" for entry in entries})
    if thread.version_id is not None:
        found |= set(
            session.scalars(
                select(Decision.person_id).where(Decision.version_id == thread.version_id)
            )
        )
        at_work = select(PlanVersion.author_person, Staff.person_id).where(
            PlanVersion.id == thread.version_id
        )
        at_work = at_work.join(Case, Case.plan_id == PlanVersion.plan_id)
        # Outer: most cases have no owner any more by the time someone complains.
        owned = at_work.outerjoin(Staff, Staff.id == Case.owner_staff_id)
        found |= {person for person in session.execute(owned).one() if person is not None}

    return found


def _persons(session: Session, authors: Iterable[str]) -> set[str]:
    """The people behind accounts: a second account is still the same person."""
    accounts = [one.removeprefix("staff:") for one in authors if one.startswith("staff:")]
    if not accounts:
        return set()
    return set(session.scalars(select(Staff.person_id).where(Staff.public_id.in_(accounts))))
