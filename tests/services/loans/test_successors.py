"""Which agreement took the place of which, and the proof that each names the other."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.models import Borrower, Plan, PlanLoan
from app.services.loans.successors import open_change_of, successor_of, untrue_successors
from tests.factories import make_borrower, make_loan
from tests.support.changing import change_asked, change_signed
from tests.support.clock import NOW
from tests.support.kinds import signed_of
from tests.support.money import plan_of
from tests.support.signing import plain
from tests.support.unguarded import unguarded

LATER = NOW + timedelta(days=1)


@pytest.fixture
def signed(session, gateways, site):
    agreement, loan, _version = signed_of(session, gateways.vault, site, "reamortise")
    borrower = session.get_one(Borrower, plan_of(session, agreement.number).borrower_id)
    return {"borrower": borrower, "loan": loan, "agreement": agreement.number}


@pytest.fixture
def both(session, gateways, site, signed):
    number = change_signed(session, plain(gateways), site, now=LATER, **signed)
    return plan_of(session, signed["agreement"]), plan_of(session, number), number


def test_what_is_asked_in_the_place_of_one_that_runs(session, gateways, site, signed):
    plan = plan_of(session, signed["agreement"])
    assert open_change_of(session, plan_id=plan.id, today=LATER.date()) is None
    version = change_asked(session, gateways.vault, site, now=LATER, **signed)
    found = open_change_of(session, plan_id=plan.id, today=LATER.date())
    assert (found.version, found.state) == (version, "approved")
    # An offer that is over stands in nobody's way.
    after = found.valid_until_on + timedelta(days=1)
    assert open_change_of(session, plan_id=plan.id, today=after) is None
    assert successor_of(session, plan_id=plan.id) == ""


def test_a_replaced_agreement_names_the_one_in_its_place(session, both):
    old, new, number = both
    assert successor_of(session, plan_id=old.id) == number
    assert successor_of(session, plan_id=new.id) == ""
    assert open_change_of(session, plan_id=old.id, today=LATER.date()) is None
    assert list(untrue_successors(session)) == []


def test_every_planted_fault_is_named(session, both, vault):
    old, new, _number = both
    other = make_loan(session, make_borrower(session, vault))

    def faults(*statements) -> list[str]:
        with unguarded(session):
            for one in statements:
                session.execute(one)
            found = list(untrue_successors(session))
        session.rollback()
        return found

    runs = update(Plan).where(Plan.id == old.id).values(state="active")
    assert any("in several agreements that run" in one for one in faults(runs))
    lost = update(Plan).where(Plan.id == new.id).values(replaces_id=None)
    assert faults(lost) == [f"{old.number}: replaced by 0 agreements"]
    broken = update(Plan).where(Plan.id == old.id).values(state="broken")
    assert faults(broken) == [f"{new.number}: in the place of a plan that is broken"]
    foreign = update(PlanLoan).where(PlanLoan.plan_id == new.id).values(loan_id=other.id)
    assert any("loans that were not in" in one for one in faults(foreign))
