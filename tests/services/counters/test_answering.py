"""The borrower's word on a counter-offer: accept it, propose another number, take it back; it ends
by itself with its day.
"""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import AuditEntry, PlanVersion
from app.services.counters.answering import accept_counter
from app.services.plans.lapsing import expire_offers, tell_lapsing_offers
from app.services.plans.status_queries import plan_status
from app.services.plans.steps import StateChanged
from app.services.proposals.submitting import withdraw_plan
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.cases import case_of
from tests.support.clock import NOW
from tests.support.counters import broken, counter, owner_of, version_of
from tests.support.proposals import actor_of, changed, make_staff, submitted


@pytest.fixture
def lies(session, vault, site):
    """A counter-offer that lies with its borrower."""
    made = counter(session, vault, site, submitted(session, vault, site), make_staff(session))
    return version_of(session, made)


def accept(session, vault, site, version, *, now=NOW, borrower=None):
    borrower = borrower or owner_of(session, version.public_id)
    accept_counter(
        session,
        acting(now=now, actor=actor_of(borrower), vault=vault, site=site),
        borrower_id=borrower.id,
        version_public_id=version.public_id,
    )


def status(session, vault, site, version, *, now=NOW):
    borrower = owner_of(session, version.public_id)
    context = acting(now=now, actor=actor_of(borrower), vault=vault, site=site)
    mine = {"borrower_id": borrower.id, "version_public_id": version.public_id}
    return plan_status(session, context, **mine)


def test_accepted_it_waits_for_the_signature_until_the_day_it_was_valid_from_the_first(
    session, vault, site, lies
):
    until, later = lies.valid_until_at, NOW + timedelta(days=3)
    accept(session, vault, site, lies, now=later)
    made = version_of(session, lies.public_id)
    assert (made.state, made.decided_at, made.valid_until_at) == ("approved", later, until)
    assert case_of(session, made.public_id).waits_for == "borrower"
    told = [one.what for one in status(session, vault, site, lies, now=later).events]
    assert told == ["accepted", "countered", "received"]
    assert broken(session, vault) == set()


def test_accepting_twice_changes_nothing(session, vault, site, lies):
    accept(session, vault, site, lies)
    accept(session, vault, site, lies, now=NOW + timedelta(minutes=1))
    told = session.scalars(select(AuditEntry).where(AuditEntry.action == "plan.accepted")).all()
    assert len(told) == 1


def test_another_borrowers_is_as_absent_as_none(session, vault, site, lies):
    stranger = make_borrower(session, vault)
    session.commit()
    with pytest.raises(NotFound):
        accept(session, vault, site, lies, borrower=stranger)


def test_after_its_last_day_nothing_is_accepted_also_before_the_job_came_by(
    session, vault, site, lies
):
    with pytest.raises(StateChanged):
        accept(session, vault, site, lies, now=NOW + timedelta(days=8))


def test_a_proposal_of_ones_own_is_nothing_to_accept(session, vault, site):
    parent = version_of(session, submitted(session, vault, site))
    with pytest.raises(StateChanged):
        accept(session, vault, site, parent)


def test_another_number_is_a_new_version_in_the_same_plan(session, vault, site, lies):
    borrower = owner_of(session, lies.public_id)
    now = NOW + timedelta(days=1)
    made = changed(session, vault, site, borrower, lies.public_id, now=now, monthly_fen=100_000)
    version = version_of(session, made)
    assert (version.parent_id, version.plan_id, version.number) == (lies.id, lies.plan_id, 3)
    assert version.state == "submitted"
    assert version_of(session, lies.public_id).state == "superseded"
    # the clock goes on where it stood
    assert case_of(session, made).waits_for == "us"
    assert broken(session, vault) == set()


def test_answers_laid_out_for_another_number_are_the_borrowers_own(session, vault, site, lies):
    borrower = owner_of(session, lies.public_id)
    made = changed(session, vault, site, borrower, lies.public_id, now=NOW, monthly_fen=100_000)
    asked = version_of(session, made).terms["asked"]
    assert (asked["monthly_fen"], asked["periods"]) == (100_000, None)


def test_taken_back_its_loans_are_free(session, vault, site, lies):
    borrower = owner_of(session, lies.public_id)
    withdraw_plan(
        session,
        acting(actor=actor_of(borrower), vault=vault, site=site),
        borrower_id=borrower.id,
        version_public_id=lies.public_id,
    )
    assert version_of(session, lies.public_id).state == "withdrawn"
    assert broken(session, vault) == set()


def test_it_is_reminded_of_and_ends_with_its_day(session, vault, site, lies):
    before, after = NOW + timedelta(days=6), NOW + timedelta(days=8)
    context = acting(now=before, vault=vault, site=site)
    assert tell_lapsing_offers(session, context, limit=10) == 1
    assert expire_offers(session, context, limit=10) == 0
    assert expire_offers(session, acting(now=after, vault=vault, site=site), limit=10) == 1
    made = session.scalars(select(PlanVersion).where(PlanVersion.id == lies.id)).one()
    session.refresh(made)
    assert (made.state, made.ended_at.date()) == ("expired", date(2026, 12, 1))
    assert broken(session, vault) == set()
