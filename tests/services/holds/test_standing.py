"""One rule of breathing space: where it can be had and helps, else why not."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.services.contact.records import HoldRow, RunningHold
from app.services.core.policy import active_policy
from app.services.holds.standing import LoanAsked, breathing_standing
from tests.support.clock import NOW

DUE, DUE_TOO = LoanAsked(1, True, True, False), LoanAsked(2, True, True, False)
NOT_DUE, PAID = LoanAsked(3, True, False, False), LoanAsked(4, False, False, False)
PLANNED = LoanAsked(1, True, True, True)


def held(loan_id, until_at=None):
    return RunningHold("plan_submitted", loan_id, NOW - timedelta(days=2), until_at)


def had(from_at, until_at):
    return HoldRow(1, "breathing", None, from_at, until_at)


MARCH = had(datetime(2026, 3, 1, 2, tzinfo=UTC), datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC))
LAST_YEAR = had(datetime(2025, 11, 23, 2, tzinfo=UTC), datetime(2025, 12, 23, tzinfo=UTC))
NOW_ON = had(NOW - timedelta(days=1), NOW + timedelta(days=29))
AGAIN = date(2027, 3, 1)


@pytest.mark.parametrize(
    ("loans", "holds", "last", "standing"),
    [
        ([DUE], [], None, "open"),
        ([], [], None, "none"),
        ([PAID], [], None, "none"),
        ([NOT_DUE], [], None, "early"),
        ([DUE, NOT_DUE], [], None, "open"),
        # a plan holds contact on every loan that is due, or on one of two
        ([PLANNED], [held(1)], None, "covered"),
        ([PLANNED, NOT_DUE], [held(1)], None, "covered"),
        ([PLANNED, DUE_TOO], [held(1)], None, "open"),
        # a second plan within the policy's days holds nothing yet; the hold after a refusal ends
        ([PLANNED], [], None, "open"),
        ([PLANNED], [held(1, NOW + timedelta(days=3))], None, "open"),
        # a hold of an offer that is over
        ([DUE], [held(1)], None, "open"),
        # once in the policy's months, from the day it began
        ([DUE], [], NOW_ON, "running"),
        ([DUE], [], MARCH, "used"),
        ([DUE], [], LAST_YEAR, "open"),
        # used up where it would be of no use: what is said first is that nobody calls
        ([NOT_DUE], [], MARCH, "early"),
        ([PLANNED], [held(1)], MARCH, "covered"),
    ],
)
def test_where_it_can_be_had_and_helps(session, loans, holds, last, standing):
    policy = active_policy(session)[1]
    found = breathing_standing(loans, last=last, holds=holds, policy=policy, now=NOW)
    assert found.standing == standing
    assert (found.is_open, found.is_used) == (standing == "open", standing == "used")


@pytest.mark.parametrize(
    ("last", "told"),
    [(None, (None, None)), (LAST_YEAR, (None, None)), (MARCH, (date(2026, 3, 1), AGAIN))],
)
def test_used_up_says_since_when_and_when_again(session, last, told):
    policy = active_policy(session)[1]
    found = breathing_standing([DUE], last=last, holds=[], policy=policy, now=NOW)
    assert (found.began_on, found.again_on) == told
