"""The desk answers: one owner, once, within a clock, never who is complained of; the borrower is
told and reads it.
"""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.errors import NotFound
from app.models import AuditEntry, Message, OutboxItem, Staff, Thread
from app.services.core.wording import BannedWords
from app.services.threads import desk_queries as thread_desk_queries
from app.services.threads import queries as thread_queries
from app.services.threads.answering import (
    NotAnswered,
    NothingNew,
    ThreadNotYours,
    ThreadOwnedByAnother,
    answer_thread,
    close_thread,
    release_thread,
    restart_clock,
    take_thread,
)
from app.services.threads.desk_queries import desk_thread, inbox
from app.services.threads.opening import end_thread
from app.services.threads.queries import (
    Mention,
    concern,
    conversation,
    thread_of,
    threads_of,
    unread_answers,
)
from app.services.threads.read_marks import mark_read
from app.services.threads.rules import ComplainedOf, SecondLevel
from app.services.threads.steps import ThreadClosed, WordsMissing
from tests.factories import make_borrower, make_loan, make_plan
from tests.support.acting import acting
from tests.support.clock import BEIJING, NOW
from tests.support.proposals import decide, submitted
from tests.support.proposals import make_staff as make_decider
from tests.support.races import race_rounds, run_together
from tests.support.threads import WORDS, actor_at_desk, actor_of, add, handler, write

REPLY = "已经核对，这一项多算了 12 元，今天改好"
DAY = timedelta(days=1)


@pytest.fixture
def mei(session):
    return handler(session)


@pytest.fixture
def lin(session):
    return handler(session, username="lin")


@pytest.fixture
def boss(session):
    return handler(session, "supervisor", username="zhou")


class Desk:
    """What a member of staff does, in the words of the page."""

    def __init__(self, session, vault, site):
        self.session, self.vault, self.site = session, vault, site

    def take(self, thread, who, now=NOW):
        take_thread(
            self.session,
            acting(now=now, actor=actor_at_desk(who), staff=who),
            thread_public_id=thread,
        )

    def release(self, thread, who, *, aside=False, now=NOW):
        release_thread(
            self.session,
            acting(now=now, actor=actor_at_desk(who), staff=who),
            thread_public_id=thread,
            stands_aside=aside,
        )

    def answer(self, thread, who, *, words=REPLY, key="k", now=NOW):
        answer_thread(
            self.session,
            acting(now=now, actor=actor_at_desk(who), vault=self.vault, site=self.site, staff=who),
            thread_public_id=thread,
            words=words,
            request_key=key,
        )

    def restart(self, thread, who, now=NOW):
        restart_clock(
            self.session,
            acting(now=now, actor=actor_at_desk(who), staff=who),
            thread_public_id=thread,
        )

    def close(self, thread, who, now=NOW):
        close_thread(
            self.session,
            acting(now=now, actor=actor_at_desk(who), staff=who),
            thread_public_id=thread,
        )

    def page(self, thread, who, now=NOW):
        return desk_thread(
            self.session,
            acting(now=now, vault=self.vault, site=self.site, staff=who),
            public_id=thread,
        )


@pytest.fixture
def desk(session, vault, site) -> Desk:
    return Desk(session, vault, site)


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


def ids(session, vault, tab, who, *, now=NOW) -> list[str]:
    found, after = [], None
    while True:
        page = inbox(session, acting(now=now, vault=vault, staff=who), tab=tab, after=after)
        found += [row.public_id for row in page.rows]
        after = page.next_key
        if after is None:
            return found


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


def test_the_borrower_reads_the_answer_with_who_gave_it(session, vault, borrower, mei, desk):
    thread = write(session, vault, borrower)
    desk.answer(thread, mei, now=NOW + DAY)
    told = conversation(session, acting(vault=vault), public_id=thread).messages
    assert [(one.who, one.name, one.words) for one in told] == [
        ("borrower", "", WORDS),
        ("staff", "客服 2073", REPLY),
    ]
    unread = unread_answers(session, borrower_id=borrower.id)
    assert (unread.count, unread.public_id) == (1, thread)
    assert thread_of(session, borrower_id=borrower.id, public_id=thread).unread == 1


def test_reading_is_noted_once_and_only_for_the_other_side(session, vault, borrower, mei, desk):
    thread = write(session, vault, borrower)
    desk.answer(thread, mei)
    last = conversation(session, acting(vault=vault), public_id=thread).messages[-1].key
    for minutes in (1, 2):
        mark_read(
            session,
            acting(now=NOW + timedelta(minutes=minutes)),
            public_id=thread,
            up_to=last,
            by_staff=False,
        )
    mine, theirs = conversation(session, acting(vault=vault), public_id=thread).messages
    assert (mine.read_at, theirs.read_at) == (None, NOW + timedelta(minutes=1))
    assert unread_answers(session, borrower_id=borrower.id) is None
    mark_read(session, acting(), public_id=thread, up_to=last - 1, by_staff=True)
    assert conversation(session, acting(vault=vault), public_id=thread).messages[0].read_at == NOW


def test_an_answer_written_after_the_page_stays_unread(session, vault, borrower, mei, desk):
    thread = write(session, vault, borrower)
    desk.answer(thread, mei)
    seen = conversation(session, acting(vault=vault), public_id=thread).messages[-1].key
    desk.answer(thread, mei, words="还有一句", key="k2")
    mark_read(session, acting(), public_id=thread, up_to=seen, by_staff=False)
    assert unread_answers(session, borrower_id=borrower.id).count == 1


@pytest.mark.parametrize(("words", "problem"), [("", WordsMissing), ("你这个老 赖", BannedWords)])
def test_no_words_or_forbidden_ones_answer_nothing(
    session, vault, borrower, mei, desk, words, problem
):
    thread = write(session, vault, borrower)
    with pytest.raises(problem):
        desk.answer(thread, mei, words=words)
    assert (stored(session, thread).state, texts(session, vault)) == ("open", [])


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


def test_who_stood_aside_never_handles_the_complaint_also_by_a_second_account(
    session, vault, borrower, mei, lin, desk
):
    thread = write(session, vault, borrower, about="staff")
    second = handler(session, username="mei2", person_id=mei.person_id)
    desk.take(thread, mei)
    desk.release(thread, mei, aside=True)
    for one in (mei, second):
        with pytest.raises(ComplainedOf):
            desk.take(thread, one)
        with pytest.raises(ComplainedOf):
            desk.answer(thread, one)
    assert desk.page(thread, mei).refusal == ComplainedOf.message
    assert desk.page(thread, lin).refusal == ""
    desk.answer(thread, lin)


def test_who_decided_the_proposal_does_not_handle_the_complaint_about_it(
    session, vault, site, borrower, lin, desk
):
    version = submitted(session, vault, site, borrower=borrower)
    decider = make_decider(session, person_id="person-decider")
    decide(session, vault, site, version, decider, answer="refuse")
    thread = write(session, vault, borrower, about="staff", version=version)
    with pytest.raises(ComplainedOf):
        desk.answer(thread, handler(session, username="decider2", person_id="person-decider"))
    desk.answer(thread, lin)


def test_who_entered_or_owns_the_proposal_does_not_handle_the_complaint_about_it(
    session, vault, borrower, mei, lin, desk
):
    author = handler(session, username="author", person_id="person-author")
    owner = session.scalars(select(Staff.id).where(Staff.public_id == mei.public_id)).one()
    values = {"author_kind": "staff", "author_person": author.person_id, "owner_staff_id": owner}
    version = make_plan(session, make_loan(session, borrower), **values)
    thread = write(session, vault, borrower, about="staff", version=version.public_id)
    for one in (author, mei):
        with pytest.raises(ComplainedOf):
            desk.take(thread, one)
        assert desk.page(thread, one).refusal == ComplainedOf.message
    desk.answer(thread, lin)


def test_a_complaint_written_to_after_its_answer_goes_to_a_supervisor_who_has_not_answered(
    session, vault, borrower, mei, lin, boss, desk
):
    thread = write(session, vault, borrower, about="charges")
    desk.answer(thread, mei)
    add(session, vault, borrower, thread, words="不同意", now=NOW + DAY)
    row = stored(session, thread)
    assert (row.state, row.owner) == ("open", None)
    assert (
        row.answer_by_at.astimezone(BEIJING).date() == (NOW + 16 * DAY).astimezone(BEIJING).date()
    )
    for one in (mei, lin):
        with pytest.raises(SecondLevel):
            desk.take(thread, one)
    assert desk.page(thread, boss).is_second_level
    desk.answer(thread, boss, key="second", now=NOW + 2 * DAY)
    add(session, vault, borrower, thread, words="还是不同意", now=NOW + 3 * DAY)
    with pytest.raises(SecondLevel):
        desk.answer(thread, boss, key="third")


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


def test_the_inbox_has_a_tab_each_by_deadline_a_page_at_a_time(
    session, vault, borrower, mei, desk, monkeypatch
):
    monkeypatch.setattr(thread_desk_queries, "PAGE_ROWS", 2)
    late = [write(session, vault, borrower, words=f"{n}") for n in range(3)]
    early = write(session, vault, borrower, now=NOW - 7 * DAY)
    complaint = write(session, vault, borrower, about="contact")
    desk.take(late[1], mei)
    assert ids(session, vault, "question", mei) == [early, *late]
    assert ids(session, vault, "complaint", mei) == [complaint]
    assert ids(session, vault, "mine", mei) == [late[1]]
    for number, thread in enumerate((late[0], early, complaint)):
        desk.answer(thread, mei, key=thread, now=NOW + timedelta(minutes=number // 2))
    assert ids(session, vault, "answered", mei) == [complaint, early, late[0]]
    found = inbox(session, acting(now=NOW + 2 * DAY, vault=vault, staff=mei), tab="question")
    assert (
        found.waiting.question,
        found.waiting.complaint,
        found.waiting.mine,
        found.waiting.late,
    ) == (2, 0, 1, 2)
    assert found.rows[0].is_late
    with pytest.raises(NotFound):
        inbox(session, acting(vault=vault, staff=mei), tab="mine", after="x" * 20)


def test_a_thread_at_the_desk_is_masked_and_leads_to_the_loans(session, vault, borrower, mei, desk):
    loan = make_loan(session, borrower)
    page = desk.page(write(session, vault, borrower), mei)
    assert (page.row.name, page.borrower, page.loans[0].public_id) == (
        "*敏",
        borrower.public_id,
        loan.public_id,
    )
    assert page.row.number in page.sms
    with pytest.raises(NotFound):
        desk.page("x" * 20, mei)


def test_a_borrower_lists_their_own_the_latest_first_a_page_at_a_time(
    session, vault, borrower, monkeypatch
):
    monkeypatch.setattr(thread_queries, "PAGE_ROWS", 2)
    other = make_borrower(
        session, vault, name="周以宁", mobile="19003740001", id_number="990101198901141789"
    )
    write(session, vault, other)
    mine = [
        write(session, vault, borrower, words=f"{n}", now=NOW + timedelta(minutes=n // 2))
        for n in range(5)
    ]
    add(session, vault, borrower, mine[0], now=NOW + DAY)
    found, after = [], None
    while True:
        page = threads_of(session, borrower_id=borrower.id, after=after)
        found += [row.public_id for row in page.rows]
        after = page.next_key
        if after is None:
            break
    assert found == [mine[0], *reversed(mine[1:])]
    with pytest.raises(NotFound):
        thread_of(session, borrower_id=other.id, public_id=mine[0])
    with pytest.raises(NotFound):
        threads_of(session, borrower_id=other.id, after=mine[0])


def test_a_long_thread_comes_in_pages(session, vault, borrower, monkeypatch):
    monkeypatch.setattr(thread_queries, "PAGE_MESSAGES", 2)
    thread = write(session, vault, borrower, words="一")
    for words in "二三":
        add(session, vault, borrower, thread, words=words)
    latest = conversation(session, acting(vault=vault), public_id=thread)
    assert [one.words for one in latest.messages] == ["二", "三"]
    older = conversation(session, acting(vault=vault), public_id=thread, before=latest.older_key)
    assert ([one.words for one in older.messages], older.older_key) == (["一"], None)


def test_what_a_message_is_about_is_looked_up_not_asked(session, vault, site, borrower):
    loan = make_loan(session, borrower)
    version = submitted(session, vault, site, borrower=borrower, loan=loan)

    def told(who, **named):
        return concern(session, acting(), borrower_id=who.id, mention=Mention(**named))

    assert told(borrower, loan_public_id=loan.public_id).tail == loan.ref[-4:]
    first = told(borrower, version_public_id=version)
    assert first.plan_number.startswith("AH-")
    assert (first.instalment, first.due_on.day) == (1, 10)
    assert told(borrower, version_public_id=version, instalment=3).instalment == 3
    stranger = make_borrower(
        session, vault, name="周以宁", mobile="19003740001", id_number="990101198901141789"
    )
    for thing in ({"loan_public_id": loan.public_id}, {"version_public_id": version}):
        with pytest.raises(NotFound):
            told(stranger, **thing)


@pytest.mark.race
@pytest.mark.parametrize("act", ["take", "answer"])
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
        assert session.scalar(answers) == (race_rounds() if act == "answer" else 0)
