"""A change against an answer, a signature, a withdrawal, another change: every round ends in a
legal state, and nothing is lost unseen.
"""

import pytest
from sqlalchemy import func, select

from app.config import Settings
from app.domain.errors import DomainError
from app.models import Agreement, Case, Hold, PlanLoan, PlanVersion
from app.services.proposals.submitting import withdraw_plan
from app.services.upkeep.invariants import check_invariants
from app.wiring import make_gateways
from tests.factories import make_borrower, make_loan
from tests.support import signing
from tests.support.acting import acting
from tests.support.installation import KEYS
from tests.support.proposals import (
    answered,
    approved_at_once,
    change_begun,
    give,
    make_staff,
    rehearsed,
    submit,
    submitted,
)
from tests.support.races import rounds, run_together
from tests.support.signing import Visit, plain

pytestmark = pytest.mark.race
OTHER = {"monthly_fen": 200_000}


def states(session, loan_id) -> tuple[list[str], list[bool]]:
    """Of the versions on a loan in their order, and whether its plans are open."""
    of_loan = PlanLoan.loan_id == loan_id
    query = select(PlanVersion.state).join(PlanLoan, PlanLoan.plan_id == PlanVersion.plan_id)
    found = session.scalars(query.where(of_loan).order_by(PlanVersion.id)).all()
    return list(found), list(session.scalars(select(PlanLoan.is_open).where(of_loan)))


def loaded(session, begun) -> None:
    """What the threads read of it, for its session ends here."""
    for row in (begun.borrower, begun.loan):
        session.refresh(row)


def kinds(results) -> list[str]:
    return [type(one).__name__ if isinstance(one, Exception) else "done" for one in results]


def sound(database, gateways) -> None:
    """Every promise holds on what all rounds left."""
    with database.sessions() as session:
        assert check_invariants(session, gateways=gateways)[1] == ()


def test_change_against_approve(database, vault, site):
    for _ in rounds():
        with database.sessions() as session:
            borrower = make_borrower(session, vault)
            loan = make_loan(session, borrower)
            loan_id = loan.id
            version = submitted(session, vault, site, borrower=borrower, loan=loan)
            begun = change_begun(session, vault, borrower, version, **OTHER)
            person = make_staff(session)
            reply = rehearsed(session, vault, site, version, person)
            loaded(session, begun)

        def act(thread, version=version, begun=begun, person=person, reply=reply):
            with database.sessions() as own:
                if thread:
                    give(own, vault, site, version, person, reply)
                else:
                    submit(own, vault, site, begun)

        results = kinds(run_together(act, threads=2))
        with database.sessions() as session:
            found = results, *states(session, loan_id)
            assert found in (
                (["done", "ChangedByBorrower"], ["superseded", "submitted"], [True]),
                (["FiguresChanged", "done"], ["approved"], [True]),
            )
            holds = select(Hold.until_at).where(Hold.loan_id == loan_id)
            assert session.scalars(holds).all() == [None]
    sound(database, acting(vault=vault).gateways)


def test_change_against_sign(database, site, tmp_path):
    gateways = plain(
        make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance"), **KEYS}))
    )
    vault = gateways.vault
    for number in rounds():
        visit = Visit(browser=f"browser-{number}", device="device", requester=f"127.0.0.{number}")
        with database.sessions() as session:
            borrower = make_borrower(session, vault, mobile=f"190037{number:05d}")
            loan = make_loan(session, borrower)
            loan_id = loan.id
            version = approved_at_once(session, vault, site, borrower=borrower, loan=loan)
            one = signing.read_by(session, gateways, site, version, borrower)
            one = signing.ask(session, gateways, site, one, visit=visit)
            begun = change_begun(session, vault, borrower, version, **OTHER)
            loaded(session, begun)

        def act(thread, one=one, begun=begun, visit=visit):
            with database.sessions() as own:
                if thread:
                    signing.sign(own, gateways, site, one, visit=visit)
                else:
                    submit(own, vault, site, begun)

        results = kinds(run_together(act, threads=2))
        with database.sessions() as session:
            found, is_open = states(session, loan_id)
            signed = session.scalar(
                select(func.count(Agreement.id))
                .join(PlanVersion, PlanVersion.id == Agreement.version_id)
                .where(PlanVersion.public_id == version)
            )
            assert is_open == [True]
            if results[0] == "done":
                assert (found, signed) == (["superseded", "approved"], 0)
                assert results[1] in ("OfferOver", "StateChanged")
            else:
                # What was signed a moment before has changed what the loan owes, or is seen first.
                assert results[0] in ("AlreadyOpen", "FiguresChanged")
                assert (results[1], found, signed) == ("done", ["signed"], 1)
    sound(database, gateways)


def test_change_against_withdraw(database, vault, site):
    for _ in rounds():
        with database.sessions() as session:
            borrower = make_borrower(session, vault)
            loan = make_loan(session, borrower)
            loan_id, borrower_id = loan.id, borrower.id
            version = approved_at_once(session, vault, site, borrower=borrower, loan=loan)
            begun = change_begun(session, vault, borrower, version, **OTHER)
            loaded(session, begun)

        def act(thread, borrower_id=borrower_id, version=version, begun=begun):
            with database.sessions() as own:
                if thread:
                    withdraw_plan(
                        own,
                        acting(actor=begun.actor),
                        borrower_id=borrower_id,
                        version_public_id=version,
                    )
                else:
                    submit(own, vault, site, begun)

        results = kinds(run_together(act, threads=2))
        with database.sessions() as session:
            holds = select(Hold.until_at).where(Hold.loan_id == loan_id)
            (until,) = session.scalars(holds)
            assert (results, *states(session, loan_id), until is None) in (
                (["done", "StateChanged"], ["superseded", "approved"], [True], True),
                (["FiguresChanged", "done"], ["withdrawn"], [False], False),
            )
    sound(database, acting(vault=vault).gateways)


def test_many_taps_and_two_tabs_make_one_change(database, vault, site):
    for _ in rounds():
        with database.sessions() as session:
            one = answered(session, vault, borrower=make_borrower(session, vault), disputed=True)
            loan_id = one.loan.id
            version = submit(session, vault, site, one)
            begun = change_begun(session, vault, one.borrower, version, **OTHER)
            loaded(session, begun)

        def act(_thread, begun=begun):
            with database.sessions() as own:
                return submit(own, vault, site, begun)

        results = run_together(act, threads=10)
        assert not [one for one in results if isinstance(one, DomainError)]
        assert len(set(results)) == 1
        with database.sessions() as session:
            assert states(session, loan_id) == (["superseded", "submitted"], [True])
            plan = select(PlanLoan.plan_id).where(PlanLoan.loan_id == loan_id)
            cases = select(func.count(Case.id)).where(Case.plan_id.in_(plan))
            assert session.scalar(cases) == 1
    sound(database, acting(vault=vault).gateways)
