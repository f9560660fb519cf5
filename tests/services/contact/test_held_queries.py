"""Every hold that runs at an instant, a line a loan, as a stream and page by page."""

from datetime import timedelta

import pytest

from app.models import Borrower
from app.services.contact.held_queries import all_held, held_page
from tests.factories import make_borrower, make_hold, make_loan
from tests.support.clock import NOW

SECOND = timedelta(seconds=1)


@pytest.fixture
def loans(session, vault):
    owner = make_borrower(session, vault)
    return [make_loan(session, owner) for _ in range(3)]


def refs(session, at=NOW):
    return [one.loan_ref for one in all_held(session, at=at)]


def test_a_hold_runs_from_its_beginning_to_its_end(session, loans):
    loan = loans[0]
    owner = session.get_one(Borrower, loan.borrower_id)
    make_hold(session, owner, loan_id=loan.id, from_at=NOW, until_at=NOW + SECOND)
    assert [refs(session, NOW + n * SECOND) for n in (-1, 0, 1)] == [[], [loan.ref], []]


def test_a_hold_of_all_that_a_borrower_has_is_on_each_loan(session, loans):
    owner = session.get_one(Borrower, loans[0].borrower_id)
    make_hold(session, owner, cause="breathing")
    assert refs(session) == sorted(one.ref for one in loans)


def test_holds_of_one_loan_come_together_the_earliest_first(session, loans):
    owner = session.get_one(Borrower, loans[0].borrower_id)
    make_hold(session, owner, loan_id=loans[1].id, cause="plan_kept")
    make_hold(session, owner, loan_id=loans[0].id, cause="plan_kept")
    make_hold(session, owner, cause="breathing", from_at=NOW - 99 * SECOND)
    told = [(one.loan_ref, one.cause) for one in all_held(session, at=NOW)]
    first, second, third = (one.ref for one in loans)
    assert told == [
        (first, "plan_kept"),
        (first, "breathing"),
        (second, "plan_kept"),
        (second, "breathing"),
        (third, "breathing"),
    ]


def test_pages_hold_what_the_stream_holds(session, loans):
    owner = session.get_one(Borrower, loans[0].borrower_id)
    make_hold(session, owner, cause="breathing")
    make_hold(session, owner, loan_id=loans[1].id)
    after, found = "", []
    while after is not None:
        page = held_page(session, at=NOW, after=after, limit=1)
        found += page.holds
        after = page.next_after
    assert found == list(all_held(session, at=NOW))
