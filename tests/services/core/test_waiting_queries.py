"""What a borrower who was asked for a change is told: the thread, and how long we take then."""

from datetime import date, timedelta

import pytest
from sqlalchemy import literal, select

from app.models import Case, Thread
from app.services.core.waiting_queries import asked_thread, days_after_reply
from tests.factories import make_plan
from tests.support.clock import NOW


def asked(session, version, **values):
    row = {
        "borrower_id": 1,
        "about": "plan_change",
        "version_id": version.id,
        "state": "answered",
        "opened_at": NOW,
    } | values
    thread = Thread(**row)
    session.add(thread)
    session.flush()
    return thread.public_id


def test_the_thread_whose_last_word_is_ours_is_found(session, borrower, loan):
    version, mine = make_plan(session, loan), {"borrower_id": borrower.id}

    def found():
        return session.scalar(select(asked_thread(literal(version.id))))

    for other in ({"about": "my_plan"}, {"state": "open"}, {"state": "closed"}):
        asked(session, version, **mine, **other)
    asked(session, version, **mine, version_id=version.id + 1)
    assert found() is None
    asked(session, version, **mine)
    latest = asked(session, version, **mine)
    assert found() == latest


@pytest.mark.parametrize(
    ("stopped", "by", "days"),
    [
        (0, date(2026, 12, 2), 7),
        (0, date(2026, 11, 24), 1),
        (0, date(2026, 11, 23), 1),  # none was left: that of a first reply
        (5, date(2026, 11, 30), 1),  # Saturday to Monday
        (1, date(2026, 11, 23), 0),  # the day had passed
        (0, None, 0),
    ],
)
def test_as_many_working_days_as_were_left_and_no_less_than_for_a_first_reply(
    session, stopped, by, days
):
    case = Case(waits_since_at=NOW + timedelta(days=stopped), answer_by_on=by)
    assert days_after_reply(session, case=case) == days
