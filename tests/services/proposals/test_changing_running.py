"""A signed plan that runs: who may change it into what, and what becomes of it meanwhile."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.plan_terms import read_terms
from app.domain.proposing import AlreadyOpen, NotInAChange
from app.models import Agreement, Borrower, Hold, Plan, PlanLoan, PlanVersion, Verdict
from app.services.agreements.basis import GroundMoved
from app.services.keeping.accounts import standings_of
from app.services.plans.lapsing import expire_offers
from app.services.proposals.changing import begin_change
from app.services.proposals.draft_queries import journey_basis
from app.services.proposals.submitting import withdraw_plan
from app.services.upkeep.invariants import check_invariants
from tests.support.acting import acting
from tests.support.changing import WANTED, change_asked, change_begun, change_signed, version_of
from tests.support.clock import NOW
from tests.support.kinds import signed_of
from tests.support.money import paid, plan_of
from tests.support.proposals import actor_of
from tests.support.several import signed_over, three_loans
from tests.support.signing import ask, plain, read_by, sign

LATER = NOW + timedelta(days=1)
DAY = LATER.date()


@pytest.fixture
def plainly(gateways):
    return plain(gateways)


@pytest.fixture
def signed(session, gateways, site):
    agreement, loan, _version = signed_of(session, gateways.vault, site, "reamortise")
    borrower = session.get_one(Borrower, plan_of(session, agreement.number).borrower_id)
    return {"borrower": borrower, "loan": loan, "agreement": agreement.number}


def failed(session, version: str) -> set[str]:
    query = select(Verdict.rule).join(PlanVersion, PlanVersion.id == Verdict.version_id)
    rows = query.where(PlanVersion.public_id == version, Verdict.held.is_(False))
    return set(session.scalars(rows))


def test_the_first_change_within_the_limits_is_approved_at_once(session, vault, site, signed):
    version = change_asked(session, vault, site, now=LATER, **signed)
    row = session.scalars(select(PlanVersion).where(PlanVersion.public_id == version)).one()
    assert (row.state, failed(session, version)) == ("approved", set())
    terms = read_terms(row.terms)
    before = read_terms(version_of(session, signed["agreement"]).terms)
    assert terms.replaces == signed["agreement"]
    assert terms.waived == before.waived
    assert terms.start_on == DAY


def test_a_second_change_goes_to_a_person(session, plainly, site, signed):
    number = change_signed(session, plainly, site, now=LATER, **signed)
    again = signed | {"agreement": number}
    version = change_asked(session, plainly.vault, site, now=LATER + timedelta(hours=1), **again)
    assert failed(session, version) == {"changed_once"}


def test_what_was_promised_for_one_payment_is_not_spread_by_itself(session, vault, site):
    agreement, loan, _version = signed_of(session, vault, site, "settlement")
    borrower = session.get_one(Borrower, plan_of(session, agreement.number).borrower_id)
    asked = {"borrower": borrower, "loan": loan, "agreement": agreement.number}
    version = change_asked(session, vault, site, now=LATER, **asked)
    assert failed(session, version) == {"no_settlement_changed"}


def test_what_is_left_keeps_no_contracts_dates(session, vault, site, signed):
    begun = {"now": LATER, **signed}
    change_begun(session, vault, site, **begun)
    basis = journey_basis(
        session,
        acting(now=LATER, vault=vault),
        borrower_id=signed["borrower"].id,
        loan_public_id=signed["loan"].public_id,
    )
    assert basis.running is not None
    assert not basis.asks_loans
    for kind in ("deferral", "catch_up"):
        with pytest.raises(NotInAChange):
            replace(basis, kind=kind).check_may_propose()
        # Whoever asks for one all the same is led to what can be had.
        assert basis.answered(replace(WANTED, kind=kind)).kind == "reamortise"


def test_the_plan_goes_on_while_a_change_is_asked_for(session, plainly, site, signed):
    plan = plan_of(session, signed["agreement"])
    session.add(Hold(borrower_id=plan.borrower_id, cause="plan_kept", from_at=NOW))
    session.commit()
    before = standings_of(session, plan_ids=[plan.id], as_of=DAY)[plan.id]
    version = change_asked(session, plainly.vault, site, now=LATER, **signed)
    assert standings_of(session, plan_ids=[plan.id], as_of=DAY)[plan.id] == before
    holds = session.scalars(select(Hold)).all()
    assert [(one.cause, one.until_at) for one in holds if one.cause == "plan_kept"] == [
        ("plan_kept", None)
    ]
    later = LATER + timedelta(days=30)
    assert expire_offers(session, acting(now=later, vault=plainly.vault, site=site), limit=9) == 1
    session.expire_all()
    assert plan_of(session, signed["agreement"]).state == "active"
    assert standings_of(session, plan_ids=[plan.id], as_of=DAY)[plan.id] == before
    # Room for another one.
    row = session.scalars(select(PlanVersion).where(PlanVersion.public_id == version)).one()
    assert row.state == "expired"
    assert change_asked(session, plainly.vault, site, now=LATER, **signed) != version


def test_one_change_at_a_time_and_taken_back_another(session, vault, site, signed):
    version = change_asked(session, vault, site, now=LATER, **signed)
    at = acting(now=LATER, actor=actor_of(signed["borrower"]), vault=vault, site=site)
    with pytest.raises(AlreadyOpen):
        change_begun(session, vault, site, now=LATER, **signed)
    mine = {"borrower_id": signed["borrower"].id}
    withdraw_plan(session, at, version_public_id=version, **mine)
    assert plan_of(session, signed["agreement"]).state == "active"
    assert change_asked(session, vault, site, now=LATER, **signed) != version


def test_what_was_offered_is_changed_itself(session, vault, site, signed):
    version = change_asked(session, vault, site, now=LATER, **signed)
    at = acting(now=LATER, actor=actor_of(signed["borrower"]), vault=vault, site=site)
    begin_change(session, at, borrower_id=signed["borrower"].id, version_public_id=version)
    from tests.support.proposals import answered, submit

    other = replace(WANTED, periods=9)
    asked = {"borrower": signed["borrower"], "loan": signed["loan"], "now": LATER}
    newer = submit(
        session, vault, site, answered(session, vault, answers=other, **asked), now=LATER
    )
    states = session.scalars(select(PlanVersion.state).order_by(PlanVersion.id)).all()
    assert failed(session, newer) == set()
    assert states == ["signed", "superseded", "approved"]
    row = session.scalars(select(PlanVersion).where(PlanVersion.public_id == newer)).one()
    assert read_terms(row.terms).replaces == signed["agreement"]
    assert session.get_one(Plan, row.plan_id).replaces_id is not None


def test_money_after_the_offer_moves_the_ground(session, plainly, site, signed):
    version = change_asked(session, plainly.vault, site, now=LATER, **signed)
    read = read_by(session, plainly, site, version, signed["borrower"], now=LATER)
    asked = ask(session, plainly, site, read, now=LATER)
    paid(session, signed["agreement"], fen=1_000, on=DAY)
    with pytest.raises(GroundMoved):
        sign(session, plainly, site, asked, now=LATER)
    assert plan_of(session, signed["agreement"]).state == "active"
    # One step computes it anew.
    at = acting(now=LATER, actor=actor_of(signed["borrower"]), vault=plainly.vault, site=site)
    begin_change(session, at, borrower_id=signed["borrower"].id, version_public_id=version)


def test_several_loans_go_over_together(session, plainly, site):
    borrower, loans = three_loans(session, plainly.vault)
    number = signed_over(session, plainly, site, borrower, loans)
    paid(session, number, fen=77_777, on=DAY)
    mine = {"borrower": borrower, "loan": loans[0], "agreement": number}
    first = session.scalars(select(PlanLoan.loan_id).where(PlanLoan.is_open)).all()
    newer = change_signed(session, plainly, site, now=LATER, **mine)
    old, new = plan_of(session, number), plan_of(session, newer)
    covered = select(PlanLoan.loan_id).where(PlanLoan.plan_id == new.id, PlanLoan.is_open)
    assert sorted(session.scalars(covered)) == sorted(first)
    assert (old.state, new.state) == ("replaced", "active")
    stands = standings_of(session, plan_ids=[old.id, new.id], as_of=DAY)
    assert stands[old.id].left_fen == 0
    assert len({one.ref for one in stands[new.id].instalments}) == len(loans)
    assert (
        session.scalars(select(Agreement.text).where(Agreement.number == newer)).one()["replaces"]
        == number
    )
    assert check_invariants(session, gateways=plainly)[1] == ()
