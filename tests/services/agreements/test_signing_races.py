"""Many at once on one signature: one agreement; signing against withdrawing and expiring ends in
one of the two.
"""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from app.config import Settings
from app.models import (
    Agreement,
    AgreementFile,
    Borrower,
    DueDate,
    Hold,
    OutboxItem,
    Plan,
    PlanLoan,
    PlanVersion,
    RequestKey,
    Signature,
    SignInCode,
)
from app.services.plans import lapsing
from app.services.proposals.submitting import withdraw_plan
from app.wiring import make_gateways
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.cases import put
from tests.support.clock import NOW
from tests.support.installation import KEYS
from tests.support.races import crowd, race_rounds, rounds, run_together
from tests.support.signing import approved, ask, plain, read_by, sign
from tests.support.unguarded import unguarded

LATER = NOW + timedelta(minutes=1)
ENDS = NOW + timedelta(minutes=2)

pytestmark = pytest.mark.race


@pytest.fixture
def gateways(tmp_path):
    return plain(
        make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance"), **KEYS}))
    )


@pytest.fixture
def asked(database, gateways, site):
    with database.sessions() as session:
        borrower = make_borrower(session, gateways.vault)
        version = approved(
            session, gateways, site, borrower=borrower, loan=make_loan(session, borrower)
        )
        return ask(session, gateways, site, read_by(session, gateways, site, version, borrower))


def rows(session, table) -> int:
    return session.scalar(select(func.count()).select_from(table))


def kinds(results) -> Counter:
    return Counter(type(one).__name__ if isinstance(one, Exception) else "done" for one in results)


def again(database, version: str) -> None:
    """Put the version back to approved with its code unused: what a race needs is a fresh start,
    not a fresh debt.
    """
    with database.sessions() as session:
        for table in (AgreementFile, DueDate, Signature, Agreement):
            session.execute(delete(table))
        session.execute(delete(RequestKey).where(RequestKey.route == "plan.sign"))
        session.execute(
            delete(OutboxItem).where(OutboxItem.idempotency_key.startswith("plan-signed:"))
        )
        with unguarded(session):
            session.execute(delete(Hold).where(Hold.cause == "plan_kept"))
        session.execute(update(Hold).values(until_at=None, ended_by=None))
        session.execute(update(Plan).values(state="approved", active_version_id=None))
        session.execute(update(PlanLoan).values(is_open=True))
        session.execute(update(SignInCode).values(used_at=None, tries=0))
        put(session, version, "approved", ended_at=None, valid_until_at=ENDS)


def outcome(database) -> tuple[str, str, bool, int, int]:
    with database.sessions() as session:
        version, plan = (
            session.scalars(select(PlanVersion)).one(),
            session.scalars(select(Plan)).one(),
        )
        is_open = session.scalars(select(PlanLoan.is_open)).one()
        kept = session.scalar(select(func.count()).where(Hold.cause == "plan_kept"))
        return version.state, plan.state, is_open, rows(session, Agreement), kept


SIGNED = ("signed", "active", True, 1, 1)


@pytest.mark.parametrize("keys", ["one key", "a key each"])
def test_fifty_signatures_make_one_agreement(database, gateways, site, asked, keys):
    for number in rounds(max(2, race_rounds() // 4)):

        def tap(thread):
            with database.sessions() as own:
                key = asked.asked if keys == "one key" else f"key-{thread}"
                return sign(own, gateways, site, asked, key=key, now=LATER)

        results = run_together(tap, threads=crowd(number))
        if keys == "one key":
            assert kinds(results) == {"done": crowd(number)}
            assert len(set(results)) == 1
        else:
            assert kinds(results)["done"] == 1
            assert set(kinds(results)) <= {"done", "OfferOver"}
        with database.sessions() as session:
            counted = [rows(session, one) for one in (Agreement, AgreementFile, Signature)]
            assert counted == [1, 1, 6]
            told = session.scalar(
                select(func.count()).where(OutboxItem.idempotency_key.startswith("plan-signed:"))
            )
            assert told == 1
        assert outcome(database) == SIGNED
        again(database, asked.version)


def test_sign_against_withdraw_ends_in_one_of_them(database, gateways, site, asked):
    for _ in rounds():

        def act(thread):
            with database.sessions() as own:
                if thread:
                    return sign(own, gateways, site, asked, now=LATER)
                return withdraw_plan(
                    own,
                    acting(now=LATER, actor=asked.actor),
                    borrower_id=asked.borrower_id,
                    version_public_id=asked.version,
                )

        results = run_together(act, threads=2)
        assert kinds(results)["done"] == 1
        assert outcome(database) in {SIGNED, ("withdrawn", "withdrawn", False, 0, 0)}
        again(database, asked.version)


def test_sign_against_expire_ends_in_one_of_them(database, gateways, site, asked):
    again(database, asked.version)
    for _ in rounds():

        def act(thread):
            with database.sessions() as own:
                if thread:
                    return sign(own, gateways, site, asked, now=ENDS - timedelta(seconds=1))
                return lapsing.expire_offers(own, acting(now=ENDS + timedelta(seconds=1)), limit=10)

        ended, number = run_together(act, threads=2)
        is_signed = not isinstance(number, Exception)
        assert (ended, is_signed) in {(0, True), (1, False)}
        assert outcome(database) in {SIGNED, ("expired", "expired", False, 0, 0)}
        assert outcome(database)[0] == ("signed" if is_signed else "expired")
        again(database, asked.version)


def test_two_texts_never_share_a_code(database, gateways, site, asked):
    """One browser, two loans: the code of the first signs the first only, however the taps fall."""
    with database.sessions() as session:
        borrower = session.get_one(Borrower, asked.borrower_id)
        version = approved(
            session, gateways, site, borrower=borrower, loan=make_loan(session, borrower)
        )
        other = read_by(session, gateways, site, version, borrower)
    wrong = replace(other, asked=asked.asked, digits=asked.digits)

    def tap(thread):
        with database.sessions() as own:
            return sign(
                own, gateways, site, (asked, wrong)[thread % 2], key=f"k{thread}", now=LATER
            )

    run_together(tap, threads=10)
    with database.sessions() as session:
        assert [one.number for one in session.scalars(select(Agreement))] == ["AH-00001-1"]
