"""The smaller plan beside a broken one: the least a month, and the way to it."""

import pytest
from sqlalchemy import select

from app.models import Loan, PlanDraft
from app.services.agreements.queries import agreement_view
from app.services.breaks.queries import broken_plan
from app.services.breaks.smaller_queries import smaller_plan
from app.services.breaks.starting import NoSmallerPlan, start_smaller
from app.services.proposals.queries import plan_check
from tests.factories import make_plan
from tests.services.breaks.conftest import BREAK_DAYS, BROKEN
from tests.support.money import paid

TODAY = BREAK_DAYS + 1


def view(session, context, borrower, number):
    return agreement_view(session, context, borrower_id=borrower.id, number=number)


def shown(session, context, borrower, number):
    found = view(session, context, borrower, number)
    return broken_plan(session, context, borrower_id=borrower.id, agreement=found)


def test_it_asks_less_a_month_than_the_broken_one(session, broken, borrower, later):
    context = later(TODAY)
    terms = view(session, context, borrower, broken).kept.terms
    found = smaller_plan(session, context, borrower_id=borrower.id, broken=terms)
    assert found is not None
    assert found.terms.highest_fen < terms.highest_fen
    assert found.terms.periods > terms.periods
    assert found.answers.monthly_fen == found.terms.highest_fen


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


def test_the_lines_of_every_loan_add_up_to_what_is_asked(session, broken, borrower, later):
    paid(session, broken, fen=40_000, on=BROKEN)
    found = shown(session, later(TODAY), borrower, broken)
    (one,) = found.loans
    line = one.line
    asked = line.start.total + line.passed_fen + line.penalty_fen
    assert asked - line.laid.total - line.off.total == line.due_fen == one.asked_fen
    assert line.laid.total == 40_000
    assert (found.answer_by_on, found.answers) == (BROKEN.replace(day=30), ())


def test_a_plan_that_runs_has_nothing_to_come_back(session, number, borrower, later):
    assert shown(session, later(5), borrower, number) is None
    session.rollback()
    with pytest.raises(NoSmallerPlan):
        start_smaller(session, later(5), borrower_id=borrower.id, agreement=number)
