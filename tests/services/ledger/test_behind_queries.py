"""Which plans' books are behind the day."""

from datetime import date, timedelta

import pytest

from app.models import CalendarDay, DateChange
from app.services.ledger.behind_queries import plans_behind
from tests.services.ledger.made import FIRST, posted, signed_plan
from tests.support.clock import NOW

DAY = timedelta(days=1)
SIGNED = date(2026, 11, 23)


@pytest.fixture
def signed(session, vault, site):
    return signed_plan(session, vault, site)


def behind(session, today, after=0, limit=9):
    return plans_behind(session, today=today, after=after, limit=limit)


def test_a_plan_whose_books_were_never_opened_is_behind(session, signed):
    assert behind(session, SIGNED) == (signed.plan.id,)
    assert behind(session, SIGNED, limit=0) == ()
    assert behind(session, SIGNED, after=signed.plan.id) == ()
    posted(session, signed.plan.id, SIGNED)
    assert behind(session, SIGNED) == ()


@pytest.mark.parametrize("state", ["completed", "proposed"])
def test_a_plan_that_does_not_run_is_not(session, signed, state):
    signed.plan.state = state
    session.commit()
    assert behind(session, SIGNED) == ()


@pytest.mark.parametrize(("days", "is_behind"), [(-1, False), (0, True), (2, True), (3, False)])
def test_what_fell_due_in_the_last_days_is_behind(session, signed, days, is_behind):
    posted(session, signed.plan.id, FIRST - 2 * DAY)
    assert behind(session, FIRST + days * DAY) == ((signed.plan.id,) if is_behind else ())


def test_what_was_posted_on_the_day_is_not(session, signed):
    posted(session, signed.plan.id, FIRST)
    assert behind(session, FIRST) == ()


def test_a_due_date_counts_as_it_moved(session, signed):
    posted(session, signed.plan.id, FIRST - 2 * DAY)
    session.add(CalendarDay(day_on=FIRST, is_working=False, name="休", notice_year=2026))
    session.commit()
    assert behind(session, FIRST) == ()
    assert behind(session, FIRST + DAY) == (signed.plan.id,)


def test_a_date_that_the_borrower_changed_counts_as_it_is_now(session, signed):
    posted(session, signed.plan.id, FIRST - 2 * DAY)
    changed = FIRST + 11 * DAY
    session.add(
        DateChange(
            plan_id=signed.plan.id,
            number=1,
            from_on=FIRST,
            due_on=changed,
            at=NOW,
            actor="borrower:x",
            request_key="k",
        )
    )
    session.commit()
    assert behind(session, changed - DAY) == ()
    assert behind(session, changed) == (signed.plan.id,)


def test_a_broken_plan_is_behind_once_a_month(session, signed):
    posted(session, signed.plan.id, date(2026, 12, 31))
    signed.plan.state = "broken"
    session.commit()
    assert behind(session, date(2026, 12, 31)) == ()
    assert behind(session, date(2027, 1, 1)) == (signed.plan.id,)
