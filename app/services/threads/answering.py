"""The desk's side of a thread: taken by one, let go of, answered, its clock started anew, ended."""

from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import Thread
from app.services.core.context import Context, StaffMember
from app.services.core.transaction import transaction
from app.services.core.wording import check_words
from app.services.threads.rules import ACK, STANDS_ASIDE, authors_in, barred, may_close, may_restart
from app.services.threads.steps import (
    ThreadClosed,
    answer_by,
    hand_over,
    keep_message,
    lock_thread,
    message_before,
    note,
    record,
    stripped,
    tell,
)

CLOCK_ANEW = N_("您补充了新的情况，答复的时间从今天重新算起。")


class ThreadOwnedByAnother(RuleBroken):
    """One person owns a thread."""

    code = "owned_by_another"
    message = N_("这件事已经有同事在办。需要换人，请那位同事或主管先放回")


class ThreadNotYours(RuleBroken):
    """Only the owner does this."""

    code = "not_yours"
    message = N_("请先领取，再处理")


class NothingNew(RuleBroken):
    """Only new facts in a complaint start its clock anew."""

    code = "nothing_new"
    message = N_("借款人写了新的情况，才能重新计时")


class NotAnswered(RuleBroken):
    """What was not answered is not ended by the desk."""

    code = "not_answered"
    message = N_("还没有答复，不能办结")


class NothingToAcknowledge(RuleBroken):
    """What was answered waits for no word of ours."""

    code = "nothing_to_acknowledge"
    message = N_("这件事已经答复了，不用再先回复一声；有补充，请直接答复")


def take_thread(session: Session, context: Context, *, thread_public_id: str) -> None:
    """Make one person the owner.

    Idempotent on: the owner.
    Raises: NotFound, ThreadClosed, ThreadOwnedByAnother, ComplainedOf, SecondLevel.
    Source: P-05, P-06, P-07.
    """
    with transaction(session):
        thread = lock_thread(session, public_id=thread_public_id)
        if thread.owner == context.staff.public_id:
            return
        _own(session, context, thread)
        record(session, context, thread=thread, action="thread.taken")


def release_thread(
    session: Session, context: Context, *, thread_public_id: str, stands_aside: bool
) -> None:
    """Let go of a thread, one's own or, as a supervisor, anyone's; who is complained of stands
    aside for good.

    Idempotent on: a thread without an owner.
    Raises: NotFound, ThreadOwnedByAnother.
    Source: P-07.
    """
    with transaction(session):
        thread = lock_thread(session, public_id=thread_public_id)
        owner = thread.owner
        if owner is None:
            return
        if owner != context.staff.public_id and "supervisor" not in context.staff.roles:
            raise ThreadOwnedByAnother

        # It goes back to the list as it is: the clock runs on, whoever has it.
        thread.owner = None
        # The audit entry is the record of standing aside: it cannot be edited, and nobody returns
        # by a second account (ADR 0029).
        action = STANDS_ASIDE if stands_aside and thread.kind == "complaint" else "thread.released"
        record(session, context, thread=thread, action=action, owner=owner)


def answer_thread(
    session: Session, context: Context, *, thread_public_id: str, words: str, request_key: str
) -> None:
    """Answer in a thread and tell the borrower by SMS that there is something to read; who answers
    first owns it.

    Idempotent on: request_key with the same words.
    Raises: NotFound, WordsMissing, BannedWords, ThreadClosed, ThreadOwnedByAnother, ComplainedOf,
            SecondLevel.
    Source: P-01, decided and told; P-05, P-06, P-07.
    """
    said = stripped(words)
    # Before anything is locked: it depends on nothing that is stored.
    check_words(said)
    # The words are part of the key: the same page sent twice is one answer, corrected words are
    # another (ADR 0028).
    key = context.vault.fingerprint(
        "\n".join((context.actor.who, request_key, thread_public_id, said)), purpose="request"
    )

    with transaction(session):
        thread = lock_thread(session, public_id=thread_public_id)
        if message_before(session, key=key) is not None:
            return

        _own(session, context, thread)
        # An answered thread has no running clock; new words of the borrower start one (P-05).
        thread.state, thread.answer_by_at, thread.answered_at = "answered", None, context.now
        keep_message(
            session, context, thread=thread, author=context.staff.author, words=said, key=key
        )
        tell(session, context, thread=thread, key=key)
        turn = hand_over(session, context, thread=thread)
        record(session, context, thread=thread, action="thread.answered", **turn)


def acknowledge_thread(
    session: Session, context: Context, *, thread_public_id: str, words: str, request_key: str
) -> None:
    """Say a word before the answer is ready: the borrower is told, the writer owns the thread, and
    its clock runs on.

    Idempotent on: request_key with the same words.
    Raises: NotFound, WordsMissing, BannedWords, ThreadClosed, ThreadOwnedByAnother, ComplainedOf,
            SecondLevel, NothingToAcknowledge.
    Source: P-01: decided and told; P-05, P-06, P-07.
    """
    said = stripped(words)
    check_words(said)
    key = context.vault.fingerprint(
        "\n".join((context.actor.who, request_key, thread_public_id, ACK, said)), purpose="request"
    )

    with transaction(session):
        thread = lock_thread(session, public_id=thread_public_id)
        if message_before(session, key=key) is not None:
            return
        if thread.state == "answered":
            raise NothingToAcknowledge

        _own(session, context, thread)
        # State and clock stay as they are: only an answer ends them.
        keep_message(
            session,
            context,
            thread=thread,
            author=context.staff.author,
            words=said,
            key=key,
            kind=ACK,
        )
        tell(session, context, thread=thread, key=key)
        turn = hand_over(session, context, thread=thread)
        record(session, context, thread=thread, action="thread.acknowledged", **turn)


def restart_clock(session: Session, context: Context, *, thread_public_id: str) -> None:
    """Start a complaint's clock anew for new facts, once for each new message, and say so in the
    thread.

    Raises: NotFound, ThreadNotYours, NothingNew.
    Source: P-02.
    """
    with transaction(session):
        thread = lock_thread(session, public_id=thread_public_id)
        _check_owner(thread, context.staff)
        # Once for each new message: the note that is written below is then the last word.
        if not may_restart(thread.kind, thread.state, authors_in(session, thread=thread)):
            raise NothingNew

        # From today, and said in the thread: the borrower must not find out by waiting (P-02).
        thread.answer_by_at = answer_by(session, context, kind="complaint")
        note(session, context, thread=thread, words=CLOCK_ANEW)
        record(
            session,
            context,
            thread=thread,
            action="thread.clock_restarted",
            answer_by_at=thread.answer_by_at.isoformat(),
        )


def close_thread(session: Session, context: Context, *, thread_public_id: str) -> None:
    """End a thread at the desk: a question that was answered, a complaint whose last word is an
    answer.

    Idempotent on: the thread; one that has ended stays as it is.
    Raises: NotFound, ThreadNotYours, NotAnswered.
    """
    with transaction(session):
        thread = lock_thread(session, public_id=thread_public_id)
        if thread.state == "closed":
            return

        _check_owner(thread, context.staff)
        if not may_close(thread.kind, thread.state, thread.answered_at):
            raise NotAnswered

        thread.state, thread.answer_by_at, thread.last_at = "closed", None, context.now
        turn = hand_over(session, context, thread=thread)
        record(session, context, thread=thread, action="thread.closed", **turn)


def _own(session: Session, context: Context, thread: Thread) -> None:
    if thread.state == "closed":
        raise ThreadClosed
    if thread.owner not in (None, context.staff.public_id):
        raise ThreadOwnedByAnother

    # Last, for it costs queries and tells something; who may not handle it learns first whether
    # there is anything to handle.
    refusal = barred(session, context, thread=thread)
    if refusal is not None:
        raise refusal

    thread.owner = context.staff.public_id


def _check_owner(thread: Thread, staff: StaffMember) -> None:
    if thread.owner != staff.public_id:
        raise ThreadNotYours
