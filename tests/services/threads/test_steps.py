"""Steps that everything in a thread shares: words, numbers, clocks, locks, and what is told."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import Message, OutboxItem, Thread
from app.services.threads.rules import answer_text
from app.services.threads.steps import (
    LONGEST_WORDS,
    WordsMissing,
    answer_by,
    keep_message,
    lock_thread,
    message_before,
    new_thread,
    note,
    stripped,
    tell,
)
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.threads import write


@pytest.fixture
def thread(session, borrower) -> Thread:
    return opened(session, borrower)


def opened(session, borrower, kind="question") -> Thread:
    made = Thread(borrower_id=borrower.id, kind=kind, about="other", state="open", opened_at=NOW)
    new_thread(session, thread=made)
    return made


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (" 一句 ", "一句"),
        ("一行\r\n两行\n", "一行\n两行"),
        ("长" * LONGEST_WORDS, "长" * LONGEST_WORDS),
        ("\n" + "长" * LONGEST_WORDS + "  ", "长" * LONGEST_WORDS),
    ],
)
def test_words_are_kept_without_blanks_around(written, kept):
    assert stripped(written) == kept


@pytest.mark.parametrize("written", ["", " \r\n ", "长" * (LONGEST_WORDS + 1)])
def test_no_words_or_too_many_are_refused(written):
    with pytest.raises(WordsMissing):
        stripped(written)


@pytest.mark.parametrize(("kind", "prefix"), [("question", "ZX"), ("complaint", "TS")])
def test_a_number_says_which_kind_it_is(session, borrower, kind, prefix):
    made = opened(session, borrower, kind)
    assert made.number == f"{prefix}-{made.id:05d}"


@pytest.mark.parametrize(
    ("kind", "by"),
    [
        ("question", datetime(2026, 11, 24, 14, 0, tzinfo=UTC)),  # ten in the evening
        ("complaint", datetime(2026, 12, 8, 15, 59, 59, tzinfo=UTC)),  # fifteen days, holidays too
    ],
)
def test_each_kind_has_its_clock(session, kind, by):
    assert answer_by(session, acting(), kind=kind) == by


def test_someone_elses_thread_is_as_absent_as_none(session, vault, borrower, thread):
    stranger = make_borrower(session, vault, mobile="19003740001")
    mine = lock_thread(session, public_id=thread.public_id, borrower_id=borrower.id)
    assert mine is lock_thread(session, public_id=thread.public_id)
    for public_id, whose in ((thread.public_id, stranger.id), ("x" * 20, None)):
        with pytest.raises(NotFound):
            lock_thread(session, public_id=public_id, borrower_id=whose)


def test_a_message_is_sealed_and_found_by_its_key(session, vault, thread):
    later = NOW + timedelta(hours=1)
    keep_message(
        session, acting(now=later, vault=vault), thread=thread, author="x:y", words="话", key="k"
    )
    assert (message_before(session, key="k"), message_before(session, key="l")) == (
        thread.public_id,
        None,
    )
    row = session.scalars(select(Message)).one()
    assert (row.words, thread.last_at) == ("", later)
    assert vault.unseal(row.words_enc, table="messages", row="k", column="words") == "话"
    with pytest.raises(ValueError, match=r".*"):
        vault.unseal(row.words_enc, table="messages", row="l", column="words")


def test_what_the_system_says_is_no_secret_and_moves_the_thread_up(session, thread):
    later = NOW + timedelta(hours=1)
    note(session, acting(now=later), thread=thread, words="已转给主管")
    row = session.scalars(select(Message)).one()
    assert (row.author, row.words, row.words_enc, thread.last_at) == (
        "system",
        "已转给主管",
        None,
        later,
    )


def test_a_borrower_is_told_once_with_the_number_and_none_of_the_words(
    session, vault, site, borrower
):
    thread = session.scalars(
        select(Thread).where(Thread.public_id == write(session, vault, borrower))
    ).one()
    for _ in range(2):
        tell(session, acting(vault=vault, site=site), thread=thread, key="once")
    item = session.scalars(select(OutboxItem)).one()
    text = vault.unseal(
        item.payload_enc, table="outbox", row=item.idempotency_key, column="payload"
    )
    assert answer_text(thread.number, site, language=borrower.language) in text
    assert thread.number in text
    assert (item.borrower_id, item.idempotency_key) == (borrower.id, "thread:once")
