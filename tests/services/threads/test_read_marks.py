"""Which messages the other side has read."""

from datetime import timedelta

from app.services.borrowers.beside_queries import beside_loans
from app.services.threads.queries import (
    conversation,
)
from app.services.threads.read_marks import mark_read
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.threads import write


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
    assert beside_loans(session, acting(), borrower_id=borrower.id).unread is None
    mark_read(session, acting(), public_id=thread, up_to=last - 1, by_staff=True)
    assert conversation(session, acting(vault=vault), public_id=thread).messages[0].read_at == NOW


def test_an_answer_written_after_the_page_stays_unread(session, vault, borrower, mei, desk):
    thread = write(session, vault, borrower)
    desk.answer(thread, mei)
    seen = conversation(session, acting(vault=vault), public_id=thread).messages[-1].key
    desk.answer(thread, mei, words="还有一句", key="k2")
    mark_read(session, acting(), public_id=thread, up_to=seen, by_staff=False)
    assert beside_loans(session, acting(), borrower_id=borrower.id).unread.count == 1
