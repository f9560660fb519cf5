"""The demo: loaded once, current, and refused where real people are."""

import dataclasses
import json
from datetime import date

import pyotp
import pytest
from sqlalchemy import func, select

from app import create_app
from app.cli import register
from app.models import AuditEntry, Borrower, Loan, LoanSnapshot, NightlyFault, NightlyFile, Staff
from tests.factories import make_contact
from tests.support.example_book import EXPECTED

MODELS = (Borrower, Loan, LoanSnapshot, NightlyFile, AuditEntry, Staff)


def _counts(session):
    return [session.scalar(select(func.count()).select_from(model)) for model in MODELS]


def test_the_demo_is_loaded_once_and_told_as_the_contract_says(answer, database):
    status, told = answer("demo")
    assert status == 0
    assert set(told) == {"borrowers", "staff"}
    assert all(set(one) == {"mobile", "id_last4", "loans"} for one in told["borrowers"])
    assert [one["username"] for one in told["staff"]] == [
        "agent",
        "agent2",
        "supervisor",
        "supervisor2",
        "finance",
        "compliance",
        "admin",
        "admin2",
    ]
    assert all(
        set(one) == {"username", "password", "totp_secret", "roles"} for one in told["staff"]
    )
    with database.sessions() as session:
        before = _counts(session)
    assert answer("demo") == (0, told)
    with database.sessions() as session:
        assert _counts(session) == before


def test_the_demo_is_of_today_and_as_faulty_as_the_example(answer, database, clock):
    answer("demo")
    with database.sessions() as session:
        file = session.scalars(select(NightlyFile)).one()
        assert (file.as_of_on, file.accepted, file.discrepancies) == (date(2026, 11, 23), 576, 4)
        faults = session.execute(
            select(NightlyFault.line, NightlyFault.code).order_by(NightlyFault.line)
        )
        assert list(faults) == [(one["line"], one["fault"]) for one in EXPECTED["rejected"]]


def test_the_first_borrower_is_free_to_propose_and_two_share_a_mobile(answer, database):
    _, told = answer("demo")
    first, second = told["borrowers"][:2]
    assert (len(first["loans"]), len(second["loans"])) == (1, 2)
    _, owed = answer("arrears", first["loans"][0])
    assert 31 <= owed["days_past_due"] <= 60
    assert 300_000 <= owed["payoff_fen"] < 1_000_000
    _, offer = answer("plan-options", first["loans"][0], "--monthly", 600, "--pay-day", 5)
    assert "at_once" in {one["verdict"] for one in offer["options"]}
    mobiles = [one["mobile"] for one in told["borrowers"]]
    assert len(mobiles) - len(set(mobiles)) == 1
    assert mobiles.count(first["mobile"]) == 1
    with database.sessions() as session:
        ref = first["loans"][0]
        borrower = session.scalars(select(Borrower).join(Loan).where(Loan.ref == ref)).one()
        make_contact(session, borrower)
    assert answer("demo")[1]["borrowers"][0] != first


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_demo_is_refused_where_real_people_are(settings, gateways, clock):
    site = dataclasses.replace(settings.site, base_url="https://anhuan.example")
    production = dataclasses.replace(settings, env="production", site=site)
    app = create_app(production, gateways=gateways, clock=clock)
    register(app)
    result = app.test_cli_runner().invoke(args=["demo", "--json"])
    app.extensions["anhuan_engine"].dispose()
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"] == "demo_refused"


def test_the_code_of_a_demo_account_is_told(answer, clock):
    _status, told = answer("demo")
    admin = next(one for one in told["staff"] if one["username"] == "admin")
    status, now = answer("demo-code", "admin")
    assert (status, now["code"]) == (0, pyotp.TOTP(admin["totp_secret"]).at(clock.now()))
    assert answer("demo-code", "nobody")[0] == 1
