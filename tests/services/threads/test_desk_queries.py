"""The desk reads its inbox by deadline, and one thread with its borrower masked."""

from datetime import timedelta

import pytest

from app.domain.errors import NotFound
from app.services.threads import desk_queries as thread_desk_queries
from app.services.threads.desk_queries import inbox
from tests.factories import make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.threads import write

DAY = timedelta(days=1)


def ids(session, vault, tab, who, *, now=NOW) -> list[str]:
    found, after = [], None
    while True:
        page = inbox(session, acting(now=now, vault=vault, staff=who), tab=tab, after=after)
        found += [row.public_id for row in page.rows]
        after = page.next_key
        if after is None:
            return found


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
