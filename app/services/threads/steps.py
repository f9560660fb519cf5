"""Steps that everything in a thread shares: who handles it, lock, clocks, keep a message, tell.
They never commit.
"""

from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date, end_of
from app.domain.errors import NotFound, RuleBroken
from app.domain.texts import N_
from app.domain.topics import PLAN_CHANGE, PREFIXES, Kind
from app.models import Borrower, Message, Thread
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.core.waiting import Changes, ask_borrower, hear_borrower
from app.services.core.working_days import first_reply_by
from app.services.outbox import queue as outbox_queue
from app.services.outbox.occasions import Occasion
from app.services.threads.rules import OBJECT, answer_text

# A page of writing; more is better said on the phone, and a form has to end somewhere.
LONGEST_WORDS = 1000


class WordsMissing(RuleBroken):
    """A message without words, or with too many."""

    code = "words_missing"
    message = N_("请写几句话，最多 %(most)s 字")
    values = MappingProxyType({"most": LONGEST_WORDS})


class ThreadClosed(RuleBroken):
    """Nothing is added to a thread that has ended."""

    code = "thread_closed"
    message = N_("这件事已经办结。还有话要说，请另写一条")


def stripped(words: str) -> str:
    """Return what was written without blanks around it.

    Raises: WordsMissing.
    """
    # Browsers send CRLF, which would count twice against the limit and change the key of the same
    # words.
    found = words.replace("\r\n", "\n").strip()
    if not found or len(found) > LONGEST_WORDS:
        raise WordsMissing
    return found


def lock_thread(session: Session, *, public_id: str, borrower_id: int | None = None) -> Thread:
    """Lock one thread until the commit; with a borrower_id someone else's is as absent as none.

    Raises: NotFound.
    """
    query = select(Thread).where(Thread.public_id == public_id)
    if borrower_id is not None:
        query = query.where(Thread.borrower_id == borrower_id)

    # Read anew under the lock: the page may have loaded the thread before a colleague took it.
    found = session.scalars(
        query.with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound

    return found


def new_thread(session: Session, *, thread: Thread) -> None:
    """Store a thread with the number that it gets, as people say it: ZX-00012, TS-00012."""
    session.add(thread)
    session.flush()
    # From the row's own id, so that two never race for a number.
    thread.number = f"{PREFIXES[kind_of(thread)]}-{thread.id:05d}"
    session.flush()


def kind_of(thread: Thread) -> Kind:
    """Return whether it is a question or a complaint."""
    return "complaint" if thread.kind == "complaint" else "question"


def answer_by(session: Session, context: Context, *, kind: Kind) -> datetime:
    """Return when a question or a complaint that came now is answered at the latest.

    Source: default policy, first reply within working days; P-01, complaints within calendar days.
    """
    if kind == "question":
        return first_reply_by(session, context)
    # Calendar days to the end of the last one: P-01 counts no working days.
    return end_of(
        beijing_date(context.now) + timedelta(days=active_policy(session)[1].clocks.complaint_days)
    )


def message_before(session: Session, *, key: str) -> str | None:
    """Return the public id of the thread that got the message of this key already."""
    return session.scalar(select(Thread.public_id).join(Message).where(Message.request_key == key))


def keep_message(
    session: Session,
    context: Context,
    *,
    thread: Thread,
    author: str,
    words: str,
    key: str,
    kind: str = "words",
) -> None:
    """Store one message encrypted, bound to its stored key."""
    # Bound to the key and not the id, which the row gets only when it is stored.
    sealed = context.vault.seal(words, table="messages", row=key, column="words")
    session.add(
        Message(
            thread_id=thread.id,
            author=author,
            kind=kind,
            words_enc=sealed,
            key_version=context.vault.key_version,
            request_key=key,
            at=context.now,
        )
    )
    thread.last_at = context.now
    session.flush()


def note(session: Session, context: Context, *, thread: Thread, words: str) -> None:
    """Store what the system itself says in a thread; words are Chinese source text."""
    session.add(Message(thread_id=thread.id, author="system", words=words, at=context.now))
    thread.last_at = context.now
    session.flush()


def tell(session: Session, context: Context, *, thread: Thread, key: str) -> None:
    """Write the SMS that says there is something to read.

    Idempotent on: key.
    """
    borrower = session.get_one(Borrower, thread.borrower_id)
    outbox_queue.enqueue_sms(
        session,
        context,
        purpose="service",
        to=outbox_queue.mobile_of(context.vault, borrower),
        text=answer_text(thread.number or "", context.site, language=borrower.language),
        borrower_id=borrower.id,
        # One SMS a message, however often the page is sent.
        key=f"thread:{key}",
        about=Occasion("message", key),
    )


def hand_over(session: Session, context: Context, *, thread: Thread) -> Changes:
    """Let the case of a thread about a change wait for whoever has the next word in it; return what
    changed, for the audit trail. Whoever writes to or ends such a thread calls it.

    Source: ADR 0037.
    """
    if thread.about != PLAN_CHANGE or thread.version_id is None:
        return {}
    turn = ask_borrower if thread.state == "answered" else hear_borrower
    return turn(session, context, version_id=thread.version_id)


def record(
    session: Session,
    context: Context,
    *,
    thread: Thread,
    action: str,
    **after: str | int | None,
) -> None:
    """Leave the entry of a change; last in a use case."""
    audit.record(
        session,
        context,
        action=action,
        object_kind=OBJECT,
        object_id=thread.public_id,
        after={"number": thread.number, "state": thread.state, **after},
    )
