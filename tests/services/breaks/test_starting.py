"""A journey begun with the smaller plan that stands beside a broken one."""

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import Loan, PlanDraft
from app.services.breaks.starting import NoSmallerPlan, start_smaller
from app.services.proposals.queries import plan_check
from tests.factories import make_borrower, make_plan
from tests.services.breaks.test_queries import TODAY, shown


def test_what_is_begun_is_what_was_shown(session, broken, borrower, later):
    context = later(TODAY)
    before = shown(session, context, borrower, broken)
    session.rollback()
    loan = start_smaller(session, context, borrower_id=borrower.id, agreement=broken)
    assert loan == session.scalars(select(Loan.public_id)).one()
    assert len(session.scalars(select(PlanDraft)).all()) == 1
    check = plan_check(session, context, borrower_id=borrower.id, loan_public_id=loan)
    assert check is not None
    assert check.option.terms.highest_fen == before.smaller.terms.highest_fen
    assert check.option.terms.total_fen == before.smaller.terms.total_fen
    # It goes to a person, and nothing stands in its way.
    assert "no_broken_plan" in {one.rule for one in check.option.waits}


def test_beside_a_proposal_none_is_shown_and_none_begun(session, broken, borrower, later):
    context = later(TODAY)
    version = make_plan(session, session.scalars(select(Loan)).one(), state="submitted")
    session.commit()
    found = shown(session, context, borrower, broken)
    assert (found.smaller, found.open_version) == (None, version.public_id)
    session.rollback()
    with pytest.raises(NoSmallerPlan):
        start_smaller(session, context, borrower_id=borrower.id, agreement=broken)


def test_a_plan_that_runs_has_no_smaller_one(session, number, borrower, later):
    with pytest.raises(NoSmallerPlan):
        start_smaller(session, later(5), borrower_id=borrower.id, agreement=number)


def test_another_borrowers_is_not_there(session, broken, later, vault):
    other = make_borrower(session, vault, mobile="19003749999", id_number="990101198901141789")
    with pytest.raises(NotFound):
        start_smaller(session, later(TODAY), borrower_id=other.id, agreement=broken)
