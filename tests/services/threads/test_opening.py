"""Writing to customer service: kept encrypted, once, with number and clock at once, within a limit;
staff write too.
"""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.domain.errors import NotFound
from app.models import AuditEntry, Message, OutboxItem, Thread
from app.services.core.policy import active_policy
from app.services.core.wording import BannedWords
from app.services.threads.opening import NoReview, TooManyMessages, end_thread, open_thread_by_staff
from app.services.threads.steps import LONGEST_WORDS, ThreadClosed, WordsMissing
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.clock import BEIJING, NOW
from tests.support.proposals import submitted
from tests.support.races import race_rounds, run_together
from tests.support.threads import WORDS, Desk, actor_at_desk, actor_of, add, handler, review, write


def beijing(year, month, day, hour=22, minute=0, second=0):
    return datetime(year, month, day, hour, minute, second, tzinfo=BEIJING)


def stored(session, public_id) -> Thread:
    session.rollback()
    return session.scalars(select(Thread).where(Thread.public_id == public_id)).one()


def said(session, vault) -> list[str]:
    return [
        vault.unseal(one.words_enc, table="messages", row=one.request_key, column="words")
        if one.words_enc
        else one.words
        for one in session.scalars(select(Message).order_by(Message.id))
    ]


def actions(session) -> list[str]:
    query = (
        select(AuditEntry.action).where(AuditEntry.object_kind == "thread").order_by(AuditEntry.seq)
    )
    return list(session.scalars(query))


def test_words_are_kept_only_encrypted_and_the_trail_holds_none(session, vault, borrower):
    row = stored(session, write(session, vault, borrower))
    message = session.scalars(select(Message)).one()
    assert WORDS.encode() not in message.words_enc
    assert (message.words, message.author, message.read_at) == (
        "",
        f"borrower:{borrower.public_id}",
        None,
    )
    assert said(session, vault) == [WORDS]
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert (entry.action, entry.object_id) == ("thread.opened", row.public_id)
    assert entry.after == {"number": row.number, "state": "open", "about": "figure_wrong"}


@pytest.mark.parametrize(
    ("about", "prefix", "by"),
    [("talk", "ZX", beijing(2026, 11, 24)), ("contact", "TS", beijing(2026, 12, 8, 23, 59, 59))],
)
def test_number_and_clock_are_there_at_once(session, vault, borrower, about, prefix, by):
    row = stored(
        session, write(session, vault, borrower, about=about, now=beijing(2026, 11, 23, 9))
    )
    assert (row.number, row.answer_by_at, row.state, row.owner) == (
        f"{prefix}-{row.id:05d}",
        by,
        "open",
        None,
    )


def test_a_second_tap_is_the_same_message_and_corrected_words_another(session, vault, borrower):
    first = write(session, vault, borrower, key="k")
    assert write(session, vault, borrower, key="k", now=NOW + timedelta(seconds=1)) == first
    assert write(session, vault, borrower, key="k", words="改过的话") != first
    add(session, vault, borrower, first, key="m")
    add(session, vault, borrower, first, key="m")
    assert len(said(session, vault)) == 3


def test_the_key_of_another_person_is_another_key(session, vault, borrower):
    other = make_borrower(
        session, vault, name="周以宁", mobile="19003740001", id_number="990101198901141789"
    )
    assert write(session, vault, borrower, key="k") != write(session, vault, other, key="k")


def test_the_same_complaint_joins_the_open_one_whose_clock_runs_on(session, vault, borrower):
    first = write(session, vault, borrower, about="contact")
    by = stored(session, first).answer_by_at
    again = write(
        session, vault, borrower, about="contact", words="昨天又打了", now=NOW + timedelta(days=3)
    )
    assert (again, stored(session, first).answer_by_at) == (first, by)
    assert said(session, vault) == [WORDS, "昨天又打了"]
    assert write(session, vault, borrower, about="privacy") != first
    assert actions(session) == ["thread.opened", "thread.written", "thread.opened"]


def test_a_complaint_about_another_proposal_is_another_complaint(session, vault, site, borrower):
    """Who decided that proposal is kept away from it: joined to another one nobody would know
    (P-07).
    """
    version = submitted(session, vault, site, borrower=borrower)
    first = write(session, vault, borrower, about="staff")
    about_it = write(session, vault, borrower, about="staff", version=version)
    assert about_it != first
    assert (
        write(session, vault, borrower, about="staff", version=version, words="还有一件")
        == about_it
    )
    assert write(session, vault, borrower, about="staff", words="再说一次") == first


def test_a_complaint_of_someone_else_or_one_that_has_ended_is_not_joined(session, vault, borrower):
    other = make_borrower(
        session, vault, name="周以宁", mobile="19003740001", id_number="990101198901141789"
    )
    first = write(session, vault, borrower, about="contact")
    assert write(session, vault, other, about="contact") != first
    end_thread(
        session, acting(actor=actor_of(borrower)), borrower_id=borrower.id, thread_public_id=first
    )
    assert write(session, vault, borrower, about="contact", words="又一次") != first


@pytest.fixture
def answered(session, vault, site, borrower) -> str:
    """A complaint with its answer."""
    thread = write(session, vault, borrower, about="contact")
    Desk(session, vault, site).answer(thread, handler(session))
    return thread


def test_thanks_leave_an_answered_complaint_as_it_is(session, vault, borrower, answered):
    before = stored(session, answered)
    kept = (before.state, before.owner, before.answer_by_at, before.answered_at)
    add(session, vault, borrower, answered, words="谢谢，收到了", now=NOW + timedelta(days=1))
    row = stored(session, answered)
    assert (row.state, row.owner, row.answer_by_at, row.answered_at) == kept
    assert kept[0] == "answered"
    assert said(session, vault)[-1] == "谢谢，收到了"
    assert actions(session)[-1] == "thread.written"


def test_a_review_waits_anew_with_a_clock_and_no_owner_once(session, vault, borrower, answered):
    for _ in range(2):  # a double tap
        review(session, vault, borrower, answered, key="r", now=beijing(2026, 11, 25, 9))
    row = stored(session, answered)
    assert (row.state, row.owner, row.answer_by_at) == (
        "open",
        None,
        beijing(2026, 12, 10, 23, 59, 59),
    )
    kinds = session.scalars(select(Message.kind).order_by(Message.id)).all()
    assert kinds == ["words", "words", "review"]
    assert actions(session)[-1:] == ["thread.review_asked"]
    with pytest.raises(NoReview):
        review(session, vault, borrower, answered, words="再申请一次")


def test_only_an_answered_complaint_is_looked_at_again(session, vault, site, borrower):
    waits, question = (write(session, vault, borrower, about=one) for one in ("contact", "talk"))
    Desk(session, vault, site).answer(question, handler(session))
    for thread in (waits, question):
        before = stored(session, thread).state
        with pytest.raises(NoReview):
            review(session, vault, borrower, thread)
        assert stored(session, thread).state == before


def test_a_review_says_what_about_and_is_ones_own(session, vault, borrower, answered):
    other = make_borrower(
        session, vault, name="周以宁", mobile="19003740001", id_number="990101198901141789"
    )
    with pytest.raises(WordsMissing):
        review(session, vault, borrower, answered, words=" ")
    with pytest.raises(NotFound):
        review(session, vault, other, answered)
    assert stored(session, answered).state == "answered"


def test_questions_are_never_joined(session, vault, borrower):
    assert write(session, vault, borrower) != write(session, vault, borrower, words="另一个数")


def test_within_an_hour_the_policy_takes_so_many_and_no_more(session, vault, borrower):
    limit = active_policy(session)[1].limits.messages_per_hour
    thread = write(session, vault, borrower, key="first")
    for minutes in range(1, limit):
        add(
            session,
            vault,
            borrower,
            thread,
            words=f"第 {minutes} 条",
            now=NOW + timedelta(minutes=minutes),
        )
    with pytest.raises(TooManyMessages):
        add(session, vault, borrower, thread, words="再一条", now=NOW + timedelta(minutes=59))
    assert write(session, vault, borrower, key="first", now=NOW + timedelta(minutes=59)) == thread
    assert write(session, vault, borrower, words="过了一小时", now=NOW + timedelta(minutes=60))


@pytest.mark.parametrize("words", ["", " \n ", "长" * (LONGEST_WORDS + 1)])
def test_no_words_or_too_many_make_nothing(session, vault, borrower, words):
    with pytest.raises(WordsMissing):
        write(session, vault, borrower, words=words)
    assert session.scalar(select(func.count()).select_from(Thread)) == 0


def test_a_topic_no_form_lets_through_is_a_fault_of_the_caller(session, vault, borrower):
    with pytest.raises(ValueError, match="plan_change"):
        write(session, vault, borrower, about="plan_change")


def test_a_thread_and_a_version_of_someone_else_are_not_found(session, vault, site, borrower):
    other = make_borrower(
        session, vault, name="周以宁", mobile="19003740001", id_number="990101198901141789"
    )
    version = submitted(session, vault, site, borrower=other)
    thread = write(session, vault, other, version=version)
    with pytest.raises(NotFound):
        write(session, vault, borrower, version=version)
    with pytest.raises(NotFound):
        add(session, vault, borrower, thread)
    with pytest.raises(NotFound):
        end_thread(
            session,
            acting(actor=actor_of(borrower)),
            borrower_id=borrower.id,
            thread_public_id=thread,
        )


def test_an_ended_thread_takes_no_more_and_ends_once(session, vault, borrower):
    thread = write(session, vault, borrower)
    for _ in range(2):
        end_thread(
            session,
            acting(actor=actor_of(borrower)),
            borrower_id=borrower.id,
            thread_public_id=thread,
        )
    with pytest.raises(ThreadClosed):
        add(session, vault, borrower, thread)
    row = stored(session, thread)
    assert (row.state, row.answer_by_at, actions(session)) == (
        "closed",
        None,
        ["thread.opened", "thread.closed"],
    )


@pytest.fixture
def ask_change(session, vault, site):
    desk = handler(session)

    def asked(version, *, words="每月再多 200 元，就可以马上同意", key="k", by=desk):
        return open_thread_by_staff(
            session,
            acting(actor=actor_at_desk(by), vault=vault, site=site, staff=by),
            version_public_id=version,
            words=words,
            request_key=key,
        )

    asked.desk = desk
    return asked


def test_staff_ask_for_a_change_once_and_the_borrower_is_told(
    session, vault, site, borrower, ask_change
):
    version = submitted(session, vault, site, borrower=borrower)
    thread = ask_change(version)
    assert ask_change(version) == thread
    row = stored(session, thread)
    assert (row.borrower_id, row.owner, row.state, row.answer_by_at) == (
        borrower.id,
        ask_change.desk.public_id,
        "answered",
        None,
    )
    item = session.scalars(select(OutboxItem).order_by(OutboxItem.id.desc())).first()
    payload = vault.unseal(
        item.payload_enc, table="outbox", row=item.idempotency_key, column="payload"
    )
    text = json.loads(payload)["text"]
    assert row.number in text
    assert "200" not in text
    assert session.scalars(select(Message.author)).all() == [ask_change.desk.author]


def test_what_the_borrower_says_to_it_waits_with_the_one_who_asked(
    session, vault, site, borrower, ask_change
):
    thread = ask_change(submitted(session, vault, site, borrower=borrower))
    add(session, vault, borrower, thread, now=beijing(2026, 11, 27, 23))
    row = stored(session, thread)
    assert (row.state, row.owner, row.answer_by_at) == (
        "open",
        ask_change.desk.public_id,
        beijing(2026, 11, 30),
    )


def test_a_second_wish_goes_on_in_the_same_thread(session, vault, site, borrower, ask_change):
    version = submitted(session, vault, site, borrower=borrower)
    assert ask_change(version) == ask_change(version, words="或者再多一期", key="k2")


def test_forbidden_words_and_unknown_versions_make_nothing(
    session, vault, site, borrower, ask_change
):
    version = submitted(session, vault, site, borrower=borrower)
    with pytest.raises(BannedWords):
        ask_change(version, words="后果自 负")
    with pytest.raises(NotFound):
        ask_change("x" * 20)
    assert session.scalar(select(func.count()).select_from(Thread)) == 0


@pytest.mark.race
def test_fifty_taps_are_one_message(database, vault):
    with database.sessions() as session:
        borrower = make_borrower(session, vault)

    def tap(_number):
        with database.sessions() as own:
            return write(own, vault, borrower, key="k")

    assert len(set(run_together(tap))) == 1
    with database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 1


@pytest.mark.race
def test_the_same_complaint_from_two_places_is_one(database, vault):
    with database.sessions() as session:
        people = [
            make_borrower(
                session,
                vault,
                mobile=f"1900374{number:04d}",
                id_number=f"99010119890114{number:04d}",
            )
            for number in range(race_rounds())
        ]
    for number, borrower in enumerate(people, 1):

        def tap(place, borrower=borrower):
            with database.sessions() as own:
                return write(own, vault, borrower, about="contact", words=f"第 {place} 处")

        assert len(set(run_together(tap, threads=8))) == 1
        with database.sessions() as session:
            assert session.scalar(select(func.count()).select_from(Thread)) == number
