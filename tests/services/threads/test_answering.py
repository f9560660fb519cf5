"""The desk answers: one owner, once, within a clock, never who is complained of; the borrower is
told and reads it.
"""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.models import AuditEntry, Message, OutboxItem, Thread
from app.services.core.wording import BannedWords
from app.services.threads.answering import (
    NotAnswered,
    NothingNew,
    NothingToAcknowledge,
    ThreadNotYours,
    ThreadOwnedByAnother,
)
from app.services.threads.opening import end_thread
from app.services.threads.queries import conversation
from app.services.threads.steps import ThreadClosed, WordsMissing
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.clock import BEIJING, NOW
from tests.support.races import race_rounds, run_together
from tests.support.threads import RECEIVED, REPLY, Desk, actor_of, add, handler, write

DAY = timedelta(days=1)


def stored(session, public_id) -> Thread:
    session.rollback()
    return session.scalars(select(Thread).where(Thread.public_id == public_id)).one()


def texts(session, vault) -> list[str]:
    items = session.scalars(select(OutboxItem).order_by(OutboxItem.id))
    return [
        vault.unseal(one.payload_enc, table="outbox", row=one.idempotency_key, column="payload")
        for one in items
    ]


def actions(session) -> list[str]:
    query = (
        select(AuditEntry.action).where(AuditEntry.object_kind == "thread").order_by(AuditEntry.seq)
    )
    return list(session.scalars(query))


def test_an_answer_is_kept_encrypted_told_by_a_neutral_message_and_owned(
    session, vault, borrower, mei, desk
):
    thread = write(session, vault, borrower)
    for _ in range(2):  # a double tap
        desk.answer(thread, mei)
    row = stored(session, thread)
    assert (row.state, row.owner, row.answer_by_at, row.answered_at) == (
        "answered",
        mei.public_id,
        None,
        NOW,
    )
    (text,) = texts(session, vault)
    assert row.number in text
    assert not [word for word in ("12 元", "投诉", "利息") if word in text]
    sealed = session.scalars(select(Message.words_enc).order_by(Message.id.desc())).first()
    assert REPLY.encode() not in sealed
    assert actions(session) == ["thread.opened", "thread.answered"]


@pytest.mark.parametrize(("words", "problem"), [("", WordsMissing), ("你这个老 赖", BannedWords)])
def test_no_words_or_forbidden_ones_answer_nothing(
    session, vault, borrower, mei, desk, words, problem
):
    thread = write(session, vault, borrower)
    with pytest.raises(problem):
        desk.answer(thread, mei, words=words)
    assert (stored(session, thread).state, texts(session, vault)) == ("open", [])


@pytest.mark.parametrize("about", ["contact", "talk"])
def test_an_acknowledgement_is_told_and_owned_and_keeps_the_clock(
    session, vault, borrower, mei, lin, desk, about
):
    thread = write(session, vault, borrower, about=about)
    by = stored(session, thread).answer_by_at
    for _ in range(2):  # a double tap
        desk.acknowledge(thread, mei, now=NOW + DAY / 2)
    row = stored(session, thread)
    assert (row.state, row.owner, row.answer_by_at, row.answered_at) == (
        "open",
        mei.public_id,
        by,
        None,
    )
    (text,) = texts(session, vault)
    assert row.number in text
    said = desk.page(thread, mei).conversation.messages
    assert [(one.words, one.kind) for one in said][1:] == [(RECEIVED, "ack")]
    with pytest.raises(NotAnswered):
        desk.close(thread, mei)
    with pytest.raises(ThreadOwnedByAnother):
        desk.acknowledge(thread, lin, key="other")
    assert actions(session) == ["thread.opened", "thread.acknowledged"]


def test_an_answer_after_an_acknowledgement_ends_the_clock(session, vault, borrower, mei, desk):
    thread = write(session, vault, borrower, about="contact")
    desk.acknowledge(thread, mei)
    desk.answer(thread, mei, words=RECEIVED)  # the same page and words, the other button
    row = stored(session, thread)
    assert (row.state, row.answer_by_at, row.answered_at) == ("answered", None, NOW)
    with pytest.raises(NothingToAcknowledge):
        desk.acknowledge(thread, mei, words="又一声", key="late")
    assert len(texts(session, vault)) == 2


@pytest.mark.parametrize(("words", "problem"), [(" ", WordsMissing), ("你这个老 赖", BannedWords)])
def test_no_words_or_forbidden_ones_acknowledge_nothing(
    session, vault, borrower, mei, desk, words, problem
):
    thread = write(session, vault, borrower)
    with pytest.raises(problem):
        desk.acknowledge(thread, mei, words=words)
    assert (stored(session, thread).owner, texts(session, vault)) == (None, [])


def test_one_owner_until_let_go_of(session, vault, borrower, mei, lin, boss, desk):
    thread = write(session, vault, borrower)
    desk.take(thread, mei)
    desk.take(thread, mei)
    for act in (desk.take, desk.answer, desk.release):
        with pytest.raises(ThreadOwnedByAnother):
            act(thread, lin)
    desk.release(thread, boss)
    desk.take(thread, lin)
    assert stored(session, thread).owner == lin.public_id
    assert actions(session) == ["thread.opened", "thread.taken", "thread.released", "thread.taken"]


def test_a_question_comes_back_to_its_owner_with_a_new_clock(
    session, vault, borrower, mei, lin, desk
):
    thread = write(session, vault, borrower)
    desk.answer(thread, mei)
    add(session, vault, borrower, thread, now=NOW + 2 * DAY)
    row = stored(session, thread)
    assert (row.state, row.owner) == ("open", mei.public_id)
    assert row.answer_by_at.astimezone(BEIJING).date() == (NOW + 3 * DAY).astimezone(BEIJING).date()
    with pytest.raises(ThreadOwnedByAnother):
        desk.answer(thread, lin)


def test_new_facts_start_the_clock_anew_once_and_the_borrower_reads_so(
    session, vault, borrower, mei, lin, desk
):
    thread = write(session, vault, borrower, about="contact", now=NOW)
    desk.take(thread, mei)
    with pytest.raises(NothingNew):
        desk.restart(thread, mei)
    add(session, vault, borrower, thread, words="还有录音", now=NOW + 3 * DAY)
    with pytest.raises(ThreadNotYours):
        desk.restart(thread, lin, now=NOW + 4 * DAY)
    assert desk.page(thread, mei).may_restart
    desk.restart(thread, mei, now=NOW + 4 * DAY)
    assert (
        stored(session, thread).answer_by_at.astimezone(BEIJING).date()
        == (NOW + 19 * DAY).astimezone(BEIJING).date()
    )
    with pytest.raises(NothingNew):
        desk.restart(thread, mei, now=NOW + 5 * DAY)
    assert conversation(session, acting(vault=vault), public_id=thread).messages[-1].who == "system"


def test_the_desk_ends_only_what_it_answered(session, vault, borrower, mei, lin, desk):
    question, complaint = (
        write(session, vault, borrower),
        write(session, vault, borrower, about="contact"),
    )
    for thread in (question, complaint):
        desk.take(thread, mei)
        with pytest.raises(NotAnswered):
            desk.close(thread, mei)
        desk.answer(thread, mei, key=thread)
        with pytest.raises(ThreadNotYours):
            desk.close(thread, lin)
    add(session, vault, borrower, question, words="谢谢")
    for thread in (question, complaint):
        desk.close(thread, mei)
        desk.close(thread, mei)
        assert stored(session, thread).state == "closed"
        with pytest.raises(ThreadClosed):
            desk.answer(thread, mei, words="还有")


def test_a_withdrawn_complaint_takes_no_answer(session, vault, borrower, mei, desk):
    thread = write(session, vault, borrower, about="contact")
    end_thread(
        session, acting(actor=actor_of(borrower)), borrower_id=borrower.id, thread_public_id=thread
    )
    with pytest.raises(ThreadClosed):
        desk.answer(thread, mei)
    assert texts(session, vault) == []


@pytest.mark.race
@pytest.mark.parametrize("act", ["take", "answer", "acknowledge"])
def test_two_staff_at_once_make_one_owner(database, vault, site, act):
    with database.sessions() as session:
        borrower = make_borrower(session, vault)
        staff = [handler(session, username=f"staff{number}") for number in range(8)]
    for number in range(1, race_rounds() + 1):
        with database.sessions() as session:  # a day later each time, within what an hour takes
            thread = write(session, vault, borrower, words=f"{number}", now=NOW + number * DAY)

        def tap(place, thread=thread):
            with database.sessions() as own:
                getattr(Desk(own, vault, site), act)(thread, staff[place])

        results = run_together(tap, threads=len(staff))
        assert Counter(type(one).__name__ for one in results) == {
            "NoneType": 1,
            "ThreadOwnedByAnother": len(staff) - 1,
        }
    with database.sessions() as session:
        answers = select(func.count()).where(Message.author.like("staff:%"))
        assert session.scalar(answers) == (0 if act == "take" else race_rounds())
