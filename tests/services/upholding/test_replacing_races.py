"""A change against another, a signature against money: every round ends in one agreement that runs,
and no fen is lost.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.config import Settings
from app.models import Loan, Payment, Plan, PlanLoan
from app.services.claims.placing import ShareWish, place_payment
from app.services.core.context import Actor
from app.services.keeping.accounts import standings_of
from app.services.upkeep.invariants import check_invariants
from app.wiring import make_gateways
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.certificates import signed_of
from tests.support.changing import change_asked, change_begun
from tests.support.clock import NOW
from tests.support.installation import KEYS
from tests.support.money import arrived, plan_of
from tests.support.proposals import make_staff, submit
from tests.support.races import rounds, run_together
from tests.support.signing import HERE, ask, plain, read_by, sign

pytestmark = pytest.mark.race
LATER = NOW + timedelta(days=1)
FEN = 12_345


@pytest.fixture
def gateways(tmp_path):
    return plain(
        make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance"), **KEYS}))
    )


def kept(session, vault, site, number: int = 0) -> dict:
    # A number of their own each: so many codes go to none.
    borrower = make_borrower(session, vault, mobile=str(19003740000 + number))
    agreement = signed_of(session, vault, site, "reamortise", borrower=borrower)
    covered = PlanLoan.plan_id == plan_of(session, agreement).id
    loan = session.scalars(select(Loan).join(PlanLoan).where(covered)).one()
    return {"borrower": borrower, "loan": loan, "agreement": agreement}


def kinds(results) -> list[str]:
    return sorted(type(one).__name__ if isinstance(one, Exception) else "done" for one in results)


def sound(database, gateways) -> None:
    left_out = {"I2", "I5", "I9", "I14"}  # agreements made without their papers
    with database.sessions() as session:
        found = check_invariants(session, gateways=gateways)[1]
        assert [one for one in found if one.invariant not in left_out] == []


def test_of_two_changes_one_is_submitted(database, gateways, site):
    vault = gateways.vault
    for _ in rounds():
        with database.sessions() as session:
            one = kept(session, vault, site)
            begun = change_begun(session, vault, site, now=LATER, **one)
            plan_id, loan_id = plan_of(session, one["agreement"]).id, one["loan"].id
            for row in (begun.borrower, begun.loan):
                session.refresh(row)

        def act(thread, begun=begun):
            with database.sessions() as own:
                key = {"request_key": begun.request_key}
                return submit(own, vault, site, begun, now=LATER, **key)

        results = run_together(act, threads=2)
        # The same tap twice is one submission, and one plan.
        assert len({str(found) for found in results}) == 1
        with database.sessions() as session:
            changes = session.scalars(select(Plan).where(Plan.replaces_id == plan_id)).all()
            assert len(changes) == 1
            open_ones = select(PlanLoan.plan_id).where(
                PlanLoan.loan_id == loan_id, PlanLoan.is_open
            )
            assert session.scalars(open_ones).all() == [plan_id]
    sound(database, gateways)


def test_a_signature_against_money(database, gateways, site):
    vault = gateways.vault
    with database.sessions() as session:
        person = make_staff(session, roles=("finance",))
    for number in rounds():
        with database.sessions() as session:
            one = kept(session, vault, site, number)
            here = replace(HERE, requester=f"127.0.1.{number}", browser=f"browser-{number}")
            version = change_asked(session, vault, site, now=LATER, **one)
            read = read_by(session, gateways, site, version, one["borrower"], now=LATER)
            asked = ask(session, gateways, site, read, now=LATER, visit=here)
            payment = arrived(session, fen=FEN, on=LATER.date(), at=LATER)
            session.commit()
            public_id, old_id = payment.public_id, plan_of(session, one["agreement"]).id
            old_number = plan_of(session, one["agreement"]).number

        def act(thread, asked=asked, public_id=public_id, number=number, to=old_number, here=here):
            with database.sessions() as own:
                if thread:
                    return sign(own, gateways, site, asked, now=LATER, visit=here)
                return place_payment(
                    own,
                    acting(now=LATER, actor=Actor("staff:1"), staff=person, vault=vault),
                    public_id=public_id,
                    shares=[ShareWish(to, None)],
                    words="照来电核对过的",
                    request_key=f"key-{number}",
                )

        results = kinds(run_together(act, threads=2))
        with database.sessions() as session:
            old = session.get_one(Plan, old_id)
            new = session.scalars(select(Plan).where(Plan.replaces_id == old_id)).one()
            state = session.scalars(
                select(Payment.state).where(Payment.public_id == public_id)
            ).one()
            found = results, old.state, new.state, state
            # The ground moved, or the money finds no plan that runs under the old number.
            assert found in (
                (["GroundMoved", "done"], "active", "approved", "matched"),
                (["EndTakesNone", "done"], "replaced", "active", "unmatched"),
            )
            stands = standings_of(session, plan_ids=[old_id, new.id], as_of=LATER.date())
            assert stands[old_id].state == old.state
    sound(database, gateways)
