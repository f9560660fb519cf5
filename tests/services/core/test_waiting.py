"""What a case waits for: each change of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.models import Case, PlanVersion
from app.services.core import waiting
from tests.factories import make_plan
from tests.support.acting import acting
from tests.support.clock import NOW


@pytest.fixture
def version(session, loan) -> PlanVersion:
    return make_plan(session, loan, state="submitted")


def case_of(session) -> Case:
    return session.scalars(select(Case)).one()


def test_a_submitted_plan_waits_for_us(session, version):
    assert case_of(session).waits_for == "us"


def test_asking_makes_it_the_borrowers_turn_and_hearing_ours_again(session, version):
    context = acting()
    told = waiting.ask_borrower(session, context, version_id=version.id)
    assert (told["waits_for"], case_of(session).waits_for) == ("borrower", "borrower")
    assert waiting.ask_borrower(session, context, version_id=version.id) == {}
    later = acting(now=NOW + timedelta(days=3))
    assert waiting.hear_borrower(session, later, version_id=version.id)["waits_for"] == "us"
    assert waiting.hear_borrower(session, later, version_id=version.id) == {}
    assert case_of(session).waits_since_at == later.now


def test_nothing_is_asked_once_it_is_answered(session, loan):
    version = make_plan(session, loan, state="approved")
    assert waiting.ask_borrower(session, acting(), version_id=version.id) == {}


def test_an_answer_ends_our_clock(session, version):
    case = waiting.lock_case(session, plan_id=version.plan_id)
    case.answer_by_on = NOW.date()
    waiting.pass_on(case, state="approved", now=NOW)
    assert (case.waits_for, case.answer_by_on) == ("borrower", None)
