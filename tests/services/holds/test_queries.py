"""The holds that run now, as a borrower can show them: each with its loan and the plan it came
with.
"""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.models import Hold
from app.services.holds.queries import running_papers
from tests.factories import make_borrower, make_hold, make_loan, make_plan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.several import proposed_over, three_loans


def papers(session, borrower, *, now=NOW):
    return running_papers(session, acting(now=now), borrower_id=borrower.id)


def test_a_hold_on_a_loan_names_it_and_the_plan_that_was_opened_by_then(session, borrower, loan):
    first = make_plan(session, loan, state="refused", submitted_at=NOW - timedelta(days=9))
    second = make_plan(session, loan, submitted_at=NOW - timedelta(days=2))
    make_hold(session, borrower, loan_id=loan.id, from_at=NOW - timedelta(days=3))
    (paper,) = papers(session, borrower)
    assert (paper.version, paper.state) == (first.public_id, "refused")
    assert ([one.label for one in paper.loans], paper.until_at) == (
        [f"装修分期 {loan.ref[-4:]}"],
        None,
    )
    make_hold(session, borrower, loan_id=make_loan(session, borrower).id, from_at=NOW)
    other = papers(session, borrower)[0]
    assert (other.version, other.number) == ("", "")  # a plan of another loan is not its own
    assert second.public_id not in {one.version for one in papers(session, borrower)}


def test_a_hold_that_began_with_the_submission_belongs_to_it(session, borrower, loan):
    at = NOW - timedelta(days=2)
    make_plan(session, loan, state="refused", submitted_at=NOW - timedelta(days=9))
    version = make_plan(session, loan, submitted_at=at)
    make_hold(session, borrower, loan_id=loan.id, from_at=at)
    assert papers(session, borrower)[0].version == version.public_id


def test_breathing_space_is_for_every_loan_and_of_no_plan(session, borrower, loan):
    make_plan(session, loan)
    make_hold(session, borrower, cause="breathing", until_at=NOW + timedelta(days=1))
    (paper,) = papers(session, borrower)
    assert (paper.cause, paper.loans, paper.number) == ("breathing", (), "")


@pytest.mark.parametrize(("seconds", "runs"), [(-1, True), (0, False), (1, False)])
def test_a_hold_runs_until_its_last_instant(session, borrower, seconds, runs):
    make_hold(session, borrower, until_at=NOW)
    assert bool(papers(session, borrower, now=NOW + timedelta(seconds=seconds))) is runs


def test_nobody_shows_the_hold_of_another(session, vault, borrower):
    make_hold(session, borrower)
    assert papers(session, make_borrower(session, vault, mobile="19003740001")) == ()


def test_one_paper_names_every_loan_of_a_plan(session, vault, site):
    borrower, loans = three_loans(session, vault)
    version = proposed_over(session, vault, site, borrower, loans)
    (paper,) = papers(session, borrower)
    assert paper.version == version.public_id
    assert [one.public_id for one in paper.loans] == [one.public_id for one in reversed(loans)]


def test_where_one_of_its_loans_is_held_longer_the_papers_stay_apart(session, vault, site):
    borrower, loans = three_loans(session, vault)
    proposed_over(session, vault, site, borrower, loans)
    until = NOW + timedelta(days=3)
    session.execute(update(Hold).where(Hold.loan_id == loans[1].id).values(until_at=until))
    found = {
        one.until_at: {loan.public_id for loan in one.loans} for one in papers(session, borrower)
    }
    assert found == {
        until: {loans[1].public_id},
        None: {loans[0].public_id, loans[2].public_id},
    }
