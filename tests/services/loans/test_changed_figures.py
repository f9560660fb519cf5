"""What is owed by today's figures beside what open terms stand on, loan by loan."""

from datetime import timedelta

import pytest

from app.domain.plan_terms import read_terms
from app.models import Loan
from app.services.core.policy import active_policy
from app.services.loans.changed_figures import changed_in, changed_loans
from app.services.loans.figures import figures_where
from tests.support.clock import NOW
from tests.support.counters import file_says, version_of
from tests.support.several import approved_over, three_loans


@pytest.fixture
def together(session, vault, site):
    """A version over three loans, with its loans in the order of its terms."""
    borrower, loans = three_loans(session, vault)
    version = version_of(session, approved_over(session, vault, site, borrower, loans))
    terms = read_terms(version.terms)
    by_id = {one.public_id: one for one in loans}
    return terms, [by_id[one.public_id] for one in terms.loans]


def found(session, together):
    terms, loans = together
    session.rollback()
    rows = [session.get_one(Loan, one.id) for one in loans]
    return changed_loans(session, terms=terms, loans=rows, policy=active_policy(session)[1])


def test_as_long_as_nothing_changed_there_is_none(session, together):
    assert found(session, together) == ()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_that_changed_is_told_by_component(session, together, place):
    terms, loans = together
    before = terms.loans[place]
    file_says(session, loans[place], fee_fen=12_34)
    (one,) = found(session, together)
    assert (one.loan, one.then, one.then_fen) == (before.public_id, before.owed, before.payoff_fen)
    # Where the ceiling is reached a fee comes off again; here it is owed.
    assert one.now.total == one.now_fen
    assert one.less_fen == before.payoff_fen - one.now_fen < 0


def test_a_loan_missing_from_the_file_has_none_to_compare(session, together):
    _terms, loans = together
    file_says(session, loans[0], fee_fen=1)
    session.get_one(Loan, loans[0].id).missing_since_on = NOW.date()
    session.commit()
    assert found(session, together) == ()


def test_the_days_of_an_open_plan_change_nothing(session, together):
    terms, loans = together
    policy, mine = active_policy(session)[1], Loan.id.in_([one.id for one in loans])
    for days in (0, 1, 6):
        today = (NOW + timedelta(days=days)).date()
        rows = figures_where(session, mine, policy=policy, today=today)
        assert changed_in(terms, rows) == ()
