"""What stands beside the loans in one query is what each part tells by itself."""

from datetime import timedelta

from sqlalchemy import event

from app.services.borrowers.beside_queries import Drafted, beside_loans
from app.services.contact.records import contact_summary, holds_of
from app.services.threads.queries import UnreadAnswers
from tests.factories import make_borrower, make_contact, make_hold, make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import answered
from tests.support.threads import Desk, handler, write

DAY = timedelta(days=1)


def test_nothing_stands_beside_them(session, borrower):
    found = beside_loans(session, acting(), borrower_id=borrower.id)
    assert (found.contacts.count, found.holds.running, found.holds.last_breathing) == (0, (), None)
    assert (found.drafted, found.unread) == ({}, None)


def test_each_part_is_told_in_one_query(session, vault, site, borrower):
    other = make_borrower(session, vault)
    loan = make_loan(session, borrower)
    make_contact(session, borrower, purpose="reminder", at=NOW - 3 * DAY)
    make_contact(session, borrower, purpose="code", at=NOW - DAY)
    make_contact(session, borrower, purpose="reminder", result="failed", at=NOW)
    make_contact(session, other, purpose="collection", at=NOW)
    make_hold(session, borrower, loan_id=loan.id, from_at=NOW - DAY, until_at=None)
    make_hold(session, borrower, cause="breathing", from_at=NOW - 9 * DAY, until_at=NOW - 8 * DAY)
    make_hold(session, borrower, loan_id=loan.id, from_at=NOW - 9 * DAY, until_at=NOW - DAY)
    make_hold(session, other, from_at=NOW - DAY, until_at=None)
    answered(session, vault, borrower=borrower, loan=loan)
    desk = Desk(session, vault, site)
    first, last = (write(session, vault, borrower, key=key) for key in ("k1", "k2"))
    mei = handler(session)
    desk.answer(last, mei, key="a1")
    desk.answer(first, mei, key="a2")
    desk.answer(last, mei, key="a3")
    session.commit()

    asked = []
    event.listen(session.connection(), "before_cursor_execute", lambda *told: asked.append(told[2]))
    found = beside_loans(session, acting(), borrower_id=borrower.id)
    assert len(asked) == 1
    assert found.contacts == contact_summary(session, borrower_id=borrower.id)
    assert found.contacts.count == 1
    assert found.holds == holds_of(session, acting(), borrower_id=borrower.id)
    assert len(found.holds.running) == 1
    assert found.holds.last_breathing.from_at == NOW - 9 * DAY
    assert found.drafted == {loan.id: Drafted(is_entered=False, is_deferral=False)}
    assert isinstance(found.unread, UnreadAnswers)
    assert (found.unread.count, found.unread.public_id) == (3, last)
