"""A borrower reads their threads and answers, and is not asked for what we know."""

from datetime import timedelta

import pytest

from app.domain.errors import NotFound
from app.services.borrowers.beside_queries import beside_loans
from app.services.threads import queries as thread_queries
from app.services.threads.queries import (
    Mention,
    concern,
    conversation,
    thread_of,
    threads_of,
)
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import submitted
from tests.support.threads import REPLY, WORDS, add, write

DAY = timedelta(days=1)


def test_the_borrower_reads_the_answer_with_who_gave_it(session, vault, borrower, mei, desk):
    thread = write(session, vault, borrower)
    desk.answer(thread, mei, now=NOW + DAY)
    told = conversation(session, acting(vault=vault), public_id=thread).messages
    assert [(one.who, one.name, one.words) for one in told] == [
        ("borrower", "", WORDS),
        ("staff", "客服 2073", REPLY),
    ]
    unread = beside_loans(session, acting(), borrower_id=borrower.id).unread
    assert (unread.count, unread.public_id) == (1, thread)
    assert thread_of(session, borrower_id=borrower.id, public_id=thread).unread == 1


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
