"""What is left of a signed plan as figures that another stands on, and what moves them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.keeping.remaining import NothingRemains
from app.domain.plan_terms import read_terms
from app.domain.policy import PlanFacts
from app.models import Borrower, Loan, PlanVersion
from app.services.core.policy import active_policy
from app.services.loans.figures import figures_where
from app.services.loans.left_figures import as_left, facts_left, left_now, left_of
from tests.support.changing import change_asked
from tests.support.clock import NOW
from tests.support.kinds import signed_of
from tests.support.money import paid, plan_of, taken_back

LATER = NOW + timedelta(days=1)
DAY = LATER.date()


@pytest.fixture
def signed(session, vault, site):
    agreement, loan, _version = signed_of(session, vault, site, "reamortise")
    borrower = session.get_one(Borrower, plan_of(session, agreement.number).borrower_id)
    return {"borrower": borrower, "loan": loan, "agreement": agreement.number}


def figures(session, loan, day=DAY):
    policy = active_policy(session)[1]
    return figures_where(session, Loan.id == loan.id, policy=policy, today=day)


def test_what_is_left_is_the_quote_and_the_waiver_that_was_promised(session, signed):
    paid(session, signed["agreement"], fen=30_000, on=DAY)
    (found,) = figures(session, signed["loan"])
    (left,) = as_left([found], day=DAY)
    stands = found.running.stands.standing
    assert left.owed.net.total - left.promised.total == stands.payoff_fen
    assert left.promised.total > 0
    assert left.owed.excess_fen == 0
    (by_ref,) = left_of(found.running.stands.account, day=DAY).values()
    assert by_ref.gross == left.owed.net


def test_where_no_plan_runs_nothing_is_left(session, signed):
    with pytest.raises(NothingRemains):
        as_left([], day=DAY)
    paid(session, signed["agreement"], fen=9_000_000, on=DAY)
    with pytest.raises(NothingRemains):
        as_left(figures(session, signed["loan"]), day=DAY)


def test_the_plan_that_runs_is_no_other_plan_of_the_borrower(session, signed):
    (found,) = figures(session, signed["loan"])
    planned = sum(found.running.version.terms["planned"].values())
    facts = PlanFacts(has_open_plan=True, discrepancy=True, other_planned_fen=planned + 7)
    policy = active_policy(session)[1]
    told = facts_left(facts, found, policy=policy, today=DAY)
    assert (told.other_planned_fen, told.has_open_plan, told.discrepancy) == (7, False, False)
    assert told.changes == (False, False)


def test_money_and_what_takes_it_back_move_the_ground(session, vault, site, signed):
    version = change_asked(session, vault, site, now=LATER, **signed)
    row = session.scalars(select(PlanVersion).where(PlanVersion.public_id == version)).one()
    terms = read_terms(row.terms)
    (share,) = terms.loans

    def now():
        return left_now(terms, figures(session, signed["loan"], DAY + timedelta(days=2)))

    same = {share.public_id: (share.owed, share.payoff_fen)}
    assert now() == same
    came = paid(session, signed["agreement"], fen=500, on=DAY + timedelta(days=1))
    assert now()[share.public_id] == (share.owed, share.payoff_fen - 500)
    taken_back(session, came, signed["agreement"], on=DAY + timedelta(days=1))
    assert now() == same
    # Posted late with a value date before its start it lowers what was left then.
    paid(session, signed["agreement"], fen=500, on=DAY)
    assert now()[share.public_id][1] == share.payoff_fen - 500
