"""What is shown of a change: what stands, what would take its place, until when and by when."""

from datetime import date, timedelta

from sqlalchemy import select

from app.models import PlanVersion
from app.services.proposals.basis import Answers
from app.services.proposals.changing import begin_change
from app.services.proposals.drafts import save_answers
from app.services.proposals.queries import plan_check
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import ANSWERS, actor_of, answered, decide, make_staff, submit

LATER = NOW + timedelta(days=2)


def shown(session, vault, one, version, *, now=LATER, **given):
    context = acting(now=now, actor=actor_of(one.borrower), vault=vault)
    mine = {"borrower_id": one.borrower.id}
    loan = begin_change(session, context, version_public_id=version, **mine)
    if given:
        save_answers(session, context, given=Answers(**given), loan_public_id=loan, **mine)
    return plan_check(session, context, loan_public_id=loan, **mine)


def test_a_first_proposal_is_no_change(session, vault):
    one = answered(session, vault)
    view = plan_check(
        session,
        acting(vault=vault),
        borrower_id=one.borrower.id,
        loan_public_id=one.loan.public_id,
    )
    assert view.change is None


def test_both_stand_side_by_side_with_the_validity_that_is_kept(session, vault, site):
    one = answered(session, vault)
    version = submit(session, vault, site, one)
    view = shown(session, vault, one, version, monthly_fen=200_000)
    assert (view.change.version, view.change.state) == (version, "approved")
    assert view.change.terms.asked.monthly_fen == ANSWERS.monthly_fen
    assert view.option.terms.asked.monthly_fen == 200_000
    assert view.change.valid_until_on == date(2026, 11, 30)  # seven days from the first approval
    assert view.change.is_changed


def test_the_same_answers_are_no_change(session, vault, site):
    one = answered(session, vault)
    version = submit(session, vault, site, one)
    assert not shown(session, vault, one, version).change.is_changed


def test_by_when_it_is_answered_is_the_day_that_was_promised(session, vault, site):
    one = answered(session, vault, disputed=True)
    version = submit(session, vault, site, one)
    promised = select(PlanVersion.decide_by_on).where(PlanVersion.public_id == version)
    view = shown(session, vault, one, version, monthly_fen=200_000)
    assert view.decide_by_on == session.scalar(promised)


def test_what_is_shown_is_another_thing_once_it_was_answered(session, vault, site):
    one = answered(session, vault, disputed=True)
    version = submit(session, vault, site, one)
    before = shown(session, vault, one, version, now=NOW, monthly_fen=200_000)
    decide(session, vault, site, version, make_staff(session))
    after = shown(session, vault, one, version, now=NOW)
    assert before.option.terms == after.option.terms
    assert before.shown_sha256 != after.shown_sha256
