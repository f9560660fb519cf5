"""Begun anew with the nearest plan: answered as shown, approved at once, nothing submitted."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from app.domain.errors import NotFound
from app.domain.proposing import AlreadyOpen
from app.models import PlanVersion
from app.services.proposals.draft_queries import draft_of
from app.services.proposals.queries import plan_check
from app.services.refusals.nearest_queries import nearest_plan
from app.services.refusals.starting import NoNearestPlan, start_nearest
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.proposals import (
    ANSWERS,
    Proposed,
    actor_of,
    answered,
    decide,
    make_staff,
    submit,
    submitted,
)
from tests.support.telling import earn

LITTLE = replace(ANSWERS, monthly_fen=25_000)


@pytest.fixture
def asked(session, vault, site, borrower, loan) -> str:
    earn(session, vault, borrower, loan, 800_000, 500_000)
    mine = {"borrower": borrower, "loan": loan}
    return submit(session, vault, site, answered(session, vault, answers=LITTLE, **mine))


@pytest.fixture
def refused(session, vault, site, asked) -> str:
    boss = make_staff(session, roles=("supervisor",))
    decide(session, vault, site, asked, boss, answer="refuse")
    return asked


def start(session, vault, borrower, version) -> str:
    context = acting(vault=vault, actor=actor_of(borrower))
    return start_nearest(session, context, borrower_id=borrower.id, version_public_id=version)


def versions(session) -> int:
    session.rollback()
    return session.scalar(select(func.count(PlanVersion.id)))


def test_what_was_shown_is_checked_submitted_and_approved_at_once(
    session, vault, site, borrower, loan, refused
):
    context = acting(vault=vault, actor=actor_of(borrower))
    mine = {"borrower_id": borrower.id}
    shown = nearest_plan(session, context, **mine, version_public_id=refused)
    session.rollback()
    assert start(session, vault, borrower, refused) == loan.public_id
    assert versions(session) == 1

    view = plan_check(session, context, **mine, loan_public_id=loan.public_id)
    assert view.option.terms == shown.terms
    session.rollback()
    key = view.journey.request_key
    proposed = Proposed(borrower, loan, actor_of(borrower), view.shown_sha256, key)
    second = submit(session, vault, site, proposed)
    state = select(PlanVersion.state).where(PlanVersion.public_id == second)
    assert session.scalar(state) == "approved"


def test_what_was_told_in_confidence_stays(session, vault, borrower, loan, refused):
    start(session, vault, borrower, refused)
    draft = draft_of(session, acting(vault=vault), borrower_id=borrower.id, loan_id=loan.id)
    assert draft.hardship.surplus_fen == 300_000
    assert draft.answers.is_income_done


def test_a_second_tap_lays_out_the_same(session, vault, borrower, loan, refused):
    start(session, vault, borrower, refused)
    first = draft_of(session, acting(vault=vault), borrower_id=borrower.id, loan_id=loan.id)
    session.rollback()
    start(session, vault, borrower, refused)
    second = draft_of(session, acting(vault=vault), borrower_id=borrower.id, loan_id=loan.id)
    assert (second.answers, second.hardship) == (first.answers, first.hardship)


def test_nothing_is_begun_beside_an_open_plan(session, vault, borrower, asked):
    with pytest.raises(AlreadyOpen):
        start(session, vault, borrower, asked)


def test_where_there_is_none_any_more_nothing_is_begun(
    session, vault, site, borrower, loan, refused
):
    submitted(session, vault, site, borrower=borrower, loan=loan)
    with pytest.raises(NoNearestPlan):
        start(session, vault, borrower, refused)


def test_another_borrowers_version_is_as_absent_as_none(session, vault, refused):
    with pytest.raises(NotFound):
        start(session, vault, make_borrower(session, vault), refused)
