"""What other numbers would have said of the plans of the last days, held against stored rows."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from app.domain.plan_terms import read_terms
from app.domain.policy_numbers import with_numbers
from app.models import PlanVersion
from app.services.core.policy import active_policy
from app.services.policies.trial_queries import TRIAL_DAYS, trial_of
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import (
    ANSWERS,
    approved_at_once,
    decide,
    make_staff,
    submitted,
)

LATER = NOW + timedelta(hours=1)


def tried(session, *, now=LATER, **numbers):
    running = active_policy(session)[1]
    draft = with_numbers(running, numbers, version="next")
    return trial_of(session, acting(now=now), running=running, draft=draft)


def test_the_running_numbers_say_what_was_said(session, vault, site):
    approved_at_once(session, vault, site)
    submitted(session, vault, site)
    found = tried(session)
    at_once = select(func.count()).where(PlanVersion.state == "approved")
    assert found.plans == 2
    assert found.running == found.draft
    assert found.running.at_once == session.scalar(at_once) == 1
    terms = session.scalars(select(PlanVersion.terms).where(PlanVersion.state == "approved")).one()
    assert found.running.waived_fen == read_terms(terms).waived_fen > 0
    assert (found.more, found.fewer, found.answered) == (0, 0, {})


def test_fewer_are_agreed_at_once_under_narrower_numbers(session, vault, site):
    approved_at_once(session, vault, site)
    found = tried(session, at_once_periods=3)
    assert (found.running.at_once, found.draft.at_once, found.fewer) == (1, 0, 1)
    assert found.draft.waived_fen == 0


def test_another_share_waives_another_sum(session, vault, site):
    approved_at_once(session, vault, site)
    found = tried(session, waiver_penalty_ppm=600_000)
    assert abs(found.draft.waived_fen - 2 * found.running.waived_fen) <= 1


def test_those_that_only_the_draft_agrees_to_are_told_by_what_people_said(session, vault, site):
    asked = {"answers": replace(ANSWERS, monthly_fen=40_000)}
    versions = [approved_at_once(session, vault, site, **asked) for _ in range(3)]
    agent = make_staff(session)
    decide(session, vault, site, versions[0], agent)
    decide(session, vault, site, versions[1], agent, answer="refuse")
    found = tried(session, at_once_periods=36, income_asked_months=60)
    assert (found.running.at_once, found.draft.at_once, found.more) == (0, 3, 3)
    assert found.answered == {"approve": 1, "refuse": 1, "waiting": 1}


def test_what_was_said_long_ago_does_not_count(session, vault, site):
    approved_at_once(session, vault, site)
    assert tried(session, now=NOW + timedelta(days=TRIAL_DAYS)).plans == 1
    assert tried(session, now=NOW + timedelta(days=TRIAL_DAYS + 1)).plans == 0


@pytest.mark.parametrize("count", [1, 3])
def test_three_queries_however_many(session, vault, site, count):
    for _ in range(count):
        approved_at_once(session, vault, site)
    active_policy(session)
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    event.listen(session.get_bind().engine, "before_cursor_execute", note)
    tried(session, income_asked_over_fen=0, surplus_share_ppm=1)
    event.remove(session.get_bind().engine, "before_cursor_execute", note)
    assert len([one for one in seen if one.startswith("SELECT")]) <= 3
