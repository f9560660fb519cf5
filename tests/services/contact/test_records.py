"""Contacts made with a borrower, in words and pages, and the holds that run."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.services.contact import records
from app.services.contact.records import (
    RunningHold,
    contact_summary,
    contacts_of,
    longest_hold,
    running_holds,
)
from tests.factories import make_borrower, make_contact, make_hold, make_loan
from tests.support.acting import acting
from tests.support.clock import NOW

DAY = timedelta(days=1)


def test_only_what_asks_for_payment_touches_and_only_a_visit_visits(session, vault, borrower):
    make_contact(session, borrower, purpose="reminder", at=NOW - 9 * DAY)
    make_contact(session, borrower, purpose="collection", channel="visit", at=NOW - 5 * DAY)
    make_contact(session, borrower, purpose="service", at=NOW - 2 * DAY)
    make_contact(session, borrower, purpose="code", at=NOW - DAY)
    make_contact(session, make_borrower(session, vault, mobile="19003740001"), at=NOW)
    found = contact_summary(session, borrower_id=borrower.id)
    # a code the borrower asked for is no contact of ours
    assert (found.count, found.last_at) == (3, NOW - 2 * DAY)
    assert found.touched_on == found.visited_on == NOW.date() - 5 * DAY


def test_a_message_that_never_went_out_reached_nobody(session, borrower):
    make_contact(session, borrower, at=NOW - 9 * DAY)
    make_contact(session, borrower, at=NOW, result="failed")
    found = contact_summary(session, borrower_id=borrower.id)
    assert (found.count, found.touched_on) == (1, NOW.date() - 9 * DAY)


def test_a_touch_late_in_the_evening_is_of_the_next_day_in_beijing(session, borrower):
    make_contact(session, borrower, at=datetime(2026, 11, 9, 16, 0, tzinfo=UTC))
    found = contact_summary(session, borrower_id=borrower.id)
    assert (found.touched_on, found.visited_on) == (date(2026, 11, 10), None)


def test_nobody_was_contacted(session, borrower):
    found = contact_summary(session, borrower_id=borrower.id)
    assert (found.count, found.last_at, found.touched_on, found.visited_on) == (0, None, None, None)
    assert contacts_of(session, borrower_id=borrower.id, now=NOW).rows == ()


def test_contacts_come_newest_first_a_page_at_a_time(session, borrower, monkeypatch):
    monkeypatch.setattr(records, "PAGE_ROWS", 2)
    made = [make_contact(session, borrower).id for _ in range(4)]
    found, before, pages = [], None, 0
    while True:
        page = contacts_of(session, borrower_id=borrower.id, now=NOW, before=before)
        found += [one.key for one in page.rows]
        pages, before = pages + 1, page.next_key
        if before is None:
            break
    assert (found, pages) == (made[::-1], 2)


def test_the_words_of_a_code_never_show(session, borrower):
    make_contact(session, borrower, purpose="code", words="验证码 123456", result="failed")
    make_contact(session, borrower, channel="pigeon", purpose="collection", words="好")
    newer, code = contacts_of(session, borrower_id=borrower.id, now=NOW).rows
    assert (code.channel, code.purpose, code.result, code.words) == (
        "sms",
        "code",
        "failed",
        "",
    )
    assert (newer.channel, newer.purpose, newer.words) == ("pigeon", "collection", "好")


def test_of_several_holds_on_a_loan_the_longest_runs_and_each_loan_has_its_own(session, borrower):
    loan, other = make_loan(session, borrower), make_loan(session, borrower)
    make_hold(session, borrower, loan_id=loan.id, until_at=NOW + DAY)
    make_hold(session, borrower, loan_id=loan.id, until_at=NOW + 3 * DAY)
    make_hold(session, borrower, loan_id=loan.id, until_at=NOW + 2 * DAY)
    make_hold(session, borrower, loan_id=other.id)
    make_hold(session, borrower, loan_id=other.id, until_at=NOW + 9 * DAY)
    make_hold(session, borrower, cause="breathing", until_at=NOW)  # over
    make_hold(session, borrower, cause="breathing", from_at=NOW + DAY)  # not yet
    found = running_holds(session, acting(), borrower_id=borrower.id)
    assert [(one.loan_id, one.until_at) for one in found] == [
        (loan.id, NOW + 3 * DAY),
        (other.id, None),
    ]


@pytest.mark.parametrize(
    ("ends", "longest"),
    [([], None), ([1], 1), ([1, 3, 2], 3), ([1, None, 9], None)],
)
def test_a_hold_without_an_end_runs_longest_of_all(ends, longest):
    holds = [RunningHold("x", None, NOW, end and NOW + end * DAY) for end in ends]
    found = longest_hold(holds)
    assert (found is None) is (not ends)
    assert not found or found.until_at == (longest and NOW + longest * DAY)
