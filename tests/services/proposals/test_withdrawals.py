"""A borrower takes a plan back before it is signed."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.errors import NotFound
from app.domain.proposing import AlreadyOpen
from app.models import AuditEntry, Hold, Loan, OutboxItem, Plan, PlanLoan, PlanVersion
from app.services.cases.steps import AlreadyDecided
from app.services.core.policy import active_policy
from app.services.loans.figures import figures_where
from app.services.plans.steps import StateChanged
from app.services.proposals.submitting import withdraw_plan
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import answered, decide, make_staff, submit

LATER = NOW + timedelta(days=2)


def withdraw(session, proposed, version, *, now=LATER, **overrides):
    values = {"borrower_id": proposed.borrower.id}
    context = acting(now=now, actor=proposed.actor)
    withdraw_plan(session, context, version_public_id=version, **(values | overrides))


def stored(session, public_id) -> PlanVersion:
    return session.scalars(select(PlanVersion).where(PlanVersion.public_id == public_id)).one()


@pytest.mark.parametrize("disputed", [True, False], ids=["submitted", "approved"])
def test_withdrawing_ends_plan_and_hold_at_once(session, vault, site, disputed):
    proposed = answered(session, vault, disputed=disputed)
    version = submit(session, vault, site, proposed)
    before = stored(session, version).state
    withdraw(session, proposed, version)
    found = stored(session, version)
    assert (found.state, found.ended_at) == ("withdrawn", LATER)
    assert session.get_one(Plan, found.plan_id).state == "withdrawn"
    assert session.scalars(select(PlanLoan.is_open)).one() is False
    hold = session.scalars(select(Hold)).one()
    assert (hold.until_at, hold.ended_by) == (LATER, proposed.actor.who)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "plan.withdrawn")).one()
    assert (entry.actor, entry.before, entry.after["state"]) == (
        proposed.actor.who,
        {"state": before},
        "withdrawn",
    )


def test_no_message_is_sent_for_what_the_borrower_did_themselves(session, vault, site):
    proposed = answered(session, vault)
    version = submit(session, vault, site, proposed)
    withdraw(session, proposed, version)
    assert session.scalar(select(func.count()).select_from(OutboxItem)) == 1  # of the submission


def test_twice_is_once(session, vault, site):
    proposed = answered(session, vault)
    version = submit(session, vault, site, proposed)
    withdraw(session, proposed, version)
    withdraw(session, proposed, version, now=LATER + timedelta(hours=1))
    assert stored(session, version).ended_at == LATER
    entries = (
        select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "plan.withdrawn")
    )
    assert session.scalar(entries) == 1


def test_the_days_until_then_stay_free(session, vault, site):
    proposed = answered(session, vault)
    withdraw(session, proposed, submit(session, vault, site, proposed))
    policy = active_policy(session)[1]
    today = (NOW + timedelta(days=5)).date()
    found = figures_where(session, Loan.id == proposed.loan.id, policy=policy, today=today)[0].owed
    assert {one.days - one.charged_days for one in found.overdue} == {2}


def test_what_was_refused_or_withdrawn_is_not_answered_or_withdrawn_any_more(session, vault, site):
    proposed = answered(session, vault, disputed=True)
    version = submit(session, vault, site, proposed)
    decide(session, vault, site, version, make_staff(session), answer="refuse")
    with pytest.raises(StateChanged):
        withdraw(session, proposed, version)
    assert stored(session, version).state == "refused"
    again = answered(session, vault, borrower=proposed.borrower, loan=proposed.loan)
    second = submit(session, vault, site, again)
    withdraw(session, again, second)
    with pytest.raises(AlreadyDecided):
        decide(session, vault, site, second, make_staff(session))


def test_the_loan_is_free_for_another_plan(session, vault, site):
    proposed = answered(session, vault)
    version = submit(session, vault, site, proposed)
    with pytest.raises(AlreadyOpen):
        answered(session, vault, borrower=proposed.borrower, loan=proposed.loan)
    withdraw(session, proposed, version, now=NOW)
    again = answered(session, vault, borrower=proposed.borrower, loan=proposed.loan)
    assert submit(session, vault, site, again) != version


def test_another_borrowers_plan_is_not_found(session, vault, site):
    proposed = answered(session, vault)
    version = submit(session, vault, site, proposed)
    with pytest.raises(NotFound):
        withdraw(session, proposed, version, borrower_id=make_borrower(session, vault).id)
    with pytest.raises(NotFound):
        withdraw(session, proposed, "nowhere")
    assert stored(session, version).state == "approved"
