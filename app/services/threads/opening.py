"""Threads with customer service: a borrower opens one, adds to it, ends it; staff open one about a
proposal.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.spans import within
from app.domain.texts import N_
from app.domain.topics import PLAN_CHANGE, TOPICS
from app.models import Borrower, Message, Plan, PlanVersion, Thread
from app.ports.vault import Vault
from app.services.core.context import Actor, Context
from app.services.core.policy import active_policy
from app.services.core.transaction import transaction
from app.services.core.wording import check_words
from app.services.threads.rules import REVIEW, answer_text
from app.services.threads.steps import (
    ThreadClosed,
    answer_by,
    hand_over,
    keep_message,
    kind_of,
    lock_thread,
    message_before,
    new_thread,
    record,
    stripped,
    tell,
)

HOUR = timedelta(hours=1)
NUMBER_TO_COME = "ZX-（发出时编号）"


class TooManyMessages(RuleBroken):
    """More messages within an hour than the policy takes."""

    code = "too_many"
    message = N_(
        "这一小时里已经收到您好几条了，我们都会看。请过一会儿再写；着急的话，请直接打电话给我们"
    )
    seconds = 3600


class NoReview(RuleBroken):
    """Only a complaint that was answered is looked at again."""

    code = "no_review"
    message = N_("答复以后才能申请核查；还没答复的，正在办，直接补充就行")


@dataclass(frozen=True)
class Opening:
    """What a borrower wants to say: about is a code of TOPICS, version the proposal it is about, if
    any.
    """

    about: str
    words: str
    version_public_id: str = ""


def open_thread(
    session: Session, context: Context, *, borrower_id: int, opening: Opening, request_key: str
) -> str:
    """Store what a borrower asks or complains of and return the thread's public id; number and
    clock are there at once.

    A complaint about what an open complaint of the same borrower is about joins that one, whose
    clock runs on.
    Idempotent on: request_key with the same content.
    Raises: NotFound for someone else's version; WordsMissing; TooManyMessages; ValueError for a
            code no form lets through.
    Source: P-01, P-02, P-05; default policy, first reply.
    """
    if opening.about not in TOPICS:
        raise ValueError(opening.about)
    words = stripped(opening.words)
    key = _key(
        context.vault, context.actor, request_key, opening.about, opening.version_public_id, words
    )
    with transaction(session):
        _lock_borrower(session, borrower_id)
        made = message_before(session, key=key)
        if made is not None:
            return made
        _check_rate(session, context, borrower_id)
        version_id = _version_of(session, borrower_id, opening.version_public_id)
        thread = _same_complaint(session, borrower_id, opening.about, version_id)
        action = "thread.opened" if thread is None else "thread.written"
        if thread is None:
            thread = _opened(session, context, borrower_id, opening.about, version_id)
        keep_message(
            session, context, thread=thread, author=context.actor.who, words=words, key=key
        )
        record(session, context, thread=thread, action=action, about=opening.about)
        return thread.public_id


def add_message(
    session: Session,
    context: Context,
    *,
    borrower_id: int,
    thread_public_id: str,
    words: str,
    request_key: str,
) -> None:
    """Add a borrower's message. A question that was answered waits again, with a clock of its own.

    New words never move a clock that runs: with new facts in a complaint staff start it anew. A
    complaint that was answered stays so: thanks are no 申请核查, which is ask_review.
    Idempotent on: request_key with the same words.
    Raises: NotFound, ThreadClosed, WordsMissing, TooManyMessages.
    Source: P-02, P-05, P-06.
    """
    said = stripped(words)
    key = _key(context.vault, context.actor, request_key, thread_public_id, said)
    with transaction(session):
        thread = _to_write_in(session, context, borrower_id, thread_public_id, key)
        if thread is None:
            return
        if thread.state == "answered" and thread.kind == "question":
            _wait_again(session, context, thread)
        keep_message(session, context, thread=thread, author=context.actor.who, words=said, key=key)
        turn = hand_over(session, context, thread=thread)
        record(session, context, thread=thread, action="thread.written", **turn)


def ask_review(
    session: Session,
    context: Context,
    *,
    borrower_id: int,
    thread_public_id: str,
    words: str,
    request_key: str,
) -> None:
    """Have an answered complaint looked at again by a supervisor who has not answered it; what the
    borrower disagrees with goes along.

    Idempotent on: request_key with the same words.
    Raises: NotFound, ThreadClosed, WordsMissing, TooManyMessages, NoReview.
    Source: P-06.
    """
    said = stripped(words)
    key = _key(context.vault, context.actor, request_key, thread_public_id, REVIEW, said)
    with transaction(session):
        thread = _to_write_in(session, context, borrower_id, thread_public_id, key)
        if thread is None:
            return
        if thread.kind != "complaint" or thread.state != "answered":
            raise NoReview
        _wait_again(session, context, thread)
        # It goes to the second level: whoever answered lets go of it.
        thread.owner = None
        keep_message(
            session,
            context,
            thread=thread,
            author=context.actor.who,
            words=said,
            key=key,
            kind=REVIEW,
        )
        turn = hand_over(session, context, thread=thread)
        record(session, context, thread=thread, action="thread.review_asked", **turn)


def _to_write_in(
    session: Session, context: Context, borrower_id: int, thread_public_id: str, key: str
) -> Thread | None:
    """Lock a borrower's thread to write in; None where this very message is there already."""
    _lock_borrower(session, borrower_id)
    thread = lock_thread(session, public_id=thread_public_id, borrower_id=borrower_id)
    if message_before(session, key=key) is not None:
        return None
    if thread.state == "closed":
        raise ThreadClosed
    _check_rate(session, context, borrower_id)
    return thread


def _wait_again(session: Session, context: Context, thread: Thread) -> None:
    thread.state = "open"
    thread.answer_by_at = answer_by(session, context, kind=kind_of(thread))


def end_thread(
    session: Session, context: Context, *, borrower_id: int, thread_public_id: str
) -> None:
    """End a thread as its borrower wishes: nothing more to ask, or the complaint is withdrawn.

    Idempotent on: the thread; one that has ended stays as it is.
    Raises: NotFound.
    Source: P-04: a withdrawal ends the process that day.
    """
    with transaction(session):
        thread = lock_thread(session, public_id=thread_public_id, borrower_id=borrower_id)
        if thread.state == "closed":
            return
        thread.state, thread.answer_by_at, thread.last_at = "closed", None, context.now
        turn = hand_over(session, context, thread=thread)
        record(session, context, thread=thread, action="thread.closed", **turn)


def open_thread_by_staff(
    session: Session, context: Context, *, version_public_id: str, words: str, request_key: str
) -> str:
    """Write to a borrower about a proposal, tell them by SMS, and return the thread's public id;
    the writer owns it.

    A thread of this kind that has not ended goes on. While the proposal is ours to answer its case
    waits for the borrower from now on (ADR 0037).
    Idempotent on: request_key with the same words.
    Raises: NotFound, WordsMissing, BannedWords.
    Source: product, ask for a change; P-05.
    """
    said = stripped(words)
    check_words(said)
    key = _key(context.vault, context.actor, request_key, version_public_id, said)
    query = (
        select(PlanVersion.id, Plan.borrower_id)
        .join(Plan)
        .where(PlanVersion.public_id == version_public_id)
    )
    with transaction(session):
        found = session.execute(query).one_or_none()
        if found is None:
            raise NotFound
        version_id, borrower_id = found
        _lock_borrower(session, borrower_id)
        made = message_before(session, key=key)
        if made is not None:
            return made
        thread = _asked_before(session, version_id) or _opened(
            session, context, borrower_id, PLAN_CHANGE, version_id
        )
        thread.owner, thread.state = thread.owner or context.staff.public_id, "answered"
        thread.answer_by_at, thread.answered_at = None, context.now
        keep_message(
            session, context, thread=thread, author=context.staff.author, words=said, key=key
        )
        tell(session, context, thread=thread, key=key)
        turn = hand_over(session, context, thread=thread)
        record(session, context, thread=thread, action="thread.opened", about=PLAN_CHANGE, **turn)
        return thread.public_id


def change_text(session: Session, context: Context, *, version_public_id: str, words: str) -> str:
    """Return the SMS that asking for a change would send; a new thread's number is known only once
    it is sent.

    Raises: NotFound, WordsMissing, BannedWords.
    """
    check_words(stripped(words))
    query = (
        select(PlanVersion.id, Borrower.language)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(Borrower, Borrower.id == Plan.borrower_id)
        .where(PlanVersion.public_id == version_public_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound
    version_id, language = found
    thread = _asked_before(session, version_id)
    number = (thread and thread.number) or NUMBER_TO_COME
    return answer_text(number, context.site, language=language)


def _key(vault: Vault, actor: Actor, request_key: str, *content: str) -> str:
    """One person's key with what it came with: words that were corrected are another message."""
    return vault.fingerprint("\n".join((actor.who, request_key, *content)), purpose="request")


def _lock_borrower(session: Session, borrower_id: int) -> None:
    """One message of a borrower after another, so that a limit is a limit and a double tap one
    message. Others may go on writing rows that only name the borrower: who moves a version does,
    and holds the case that a thread may wait for.
    """
    one = select(Borrower.id).where(Borrower.id == borrower_id)
    session.execute(one.with_for_update(key_share=True))


def _check_rate(session: Session, context: Context, borrower_id: int) -> None:
    """Source: V2.4.1, default policy, messages an hour."""
    mine = select(Thread.id).where(Thread.borrower_id == borrower_id)
    lately = select(func.count()).where(
        Message.thread_id.in_(mine),
        Message.author == context.actor.who,
        Message.at.between(*within(context.now, HOUR)),
    )
    if (session.scalar(lately) or 0) >= active_policy(session)[1].limits.messages_per_hour:
        raise TooManyMessages


def _version_of(session: Session, borrower_id: int, public_id: str) -> int | None:
    if not public_id:
        return None
    mine = select(PlanVersion.id).join(Plan).where(Plan.borrower_id == borrower_id)
    found = session.scalar(mine.where(PlanVersion.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def _same_complaint(
    session: Session, borrower_id: int, about: str, version_id: int | None
) -> Thread | None:
    """Another topic, or another proposal, is another complaint: other people may be complained of
    (P-02, P-07).
    """
    if TOPICS[about] != "complaint":
        return None
    same = Thread.borrower_id == borrower_id, Thread.about == about, Thread.version_id == version_id
    query = select(Thread).where(*same, Thread.state == "open").order_by(Thread.id).limit(1)
    return session.scalars(
        query.with_for_update().execution_options(populate_existing=True)
    ).first()


def _asked_before(session: Session, version_id: int) -> Thread | None:
    same = Thread.version_id == version_id, Thread.about == PLAN_CHANGE, Thread.state != "closed"
    query = select(Thread).where(*same).order_by(Thread.id).limit(1)
    return session.scalars(
        query.with_for_update().execution_options(populate_existing=True)
    ).first()


def _opened(
    session: Session, context: Context, borrower_id: int, about: str, version_id: int | None
) -> Thread:
    kind = TOPICS.get(about, "question")
    thread = Thread(
        borrower_id=borrower_id,
        kind=kind,
        about=about,
        version_id=version_id,
        state="open",
        opened_at=context.now,
        last_at=context.now,
        answer_by_at=answer_by(session, context, kind=kind),
    )
    new_thread(session, thread=thread)
    return thread
