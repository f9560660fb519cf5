"""How long our clock stands still while a borrower is asked, and which thread asks."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.models import Case, PlanVersion
from app.services.core.waiting_queries import asked_thread, days_after_reply
from tests.factories import make_plan
from tests.support.clock import NOW


@pytest.fixture
def version(session, loan) -> PlanVersion:
    return make_plan(session, loan, state="submitted")


def test_no_thread_asks_before_one_is_written(session, version):
    assert session.scalar(select(asked_thread(PlanVersion.id))) is None


@pytest.mark.parametrize(
    ("by", "left"),
    [
        (None, 0),
        (NOW.date() - timedelta(days=1), 0),  # it was late already: asking mends nothing
        (NOW.date(), 1),  # at least the days of a first reply
        (date(2026, 12, 2), 7),
    ],
)
def test_the_clock_goes_on_with_the_days_that_were_left(session, version, by, left):
    case = session.scalars(select(Case)).one()
    case.answer_by_on, case.waits_since_at = by, NOW
    assert days_after_reply(session, case=case) == left
