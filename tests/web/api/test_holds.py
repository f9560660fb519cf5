"""Holds that run, page by page, for who collects: all of them, no other, a loan's on one page."""

from datetime import timedelta

import pytest

from tests.factories import make_borrower, make_hold, make_loan
from tests.support.clock import NOW
from tests.web.api.test_payments import refused


@pytest.fixture
def held(session, gateways):
    """Five loans under a hold of their own, one borrower's two under one of everything."""
    vault = gateways.vault
    owner = make_borrower(session, vault)
    loans = [make_loan(session, owner) for _ in range(5)]
    for number, loan in enumerate(loans):
        until = NOW + timedelta(days=number) if number else None
        make_hold(session, owner, loan_id=loan.id, cause="plan_kept", until_at=until)
    make_hold(session, owner, loan_id=loans[0].id, cause="plan_submitted")
    other = make_borrower(session, vault, mobile="19003740001", id_number="990101198901141789")
    rest = [make_loan(session, other) for _ in range(2)]
    make_hold(session, other, cause="breathing", until_at=NOW + timedelta(days=9))
    # over, and not begun
    make_hold(session, other, loan_id=rest[0].id, until_at=NOW)
    make_hold(session, other, loan_id=rest[1].id, from_at=NOW + timedelta(seconds=1))
    session.commit()
    return [loan.ref for loan in (loans[0], *loans, *rest)]


def pages(call, limit):
    after, found, number = "", [], 0
    while after is not None:
        told = call("GET", f"holds?after={after}&limit={limit}").get_json()
        assert set(told) == {"holds", "next"}
        assert len({one["loan_ref"] for one in told["holds"]}) <= limit
        found += told["holds"]
        after, number = told["next"], number + 1
    return found, number


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 1000])
def test_every_hold_that_runs_is_on_one_page(call, held, limit):
    found, number = pages(call, limit)
    assert [one["loan_ref"] for one in found] == sorted(held)
    assert number == -(-7 // limit)


def test_a_hold_tells_loan_customer_cause_and_times(call, held):
    told = call("GET", "holds").get_json()["holds"]
    first = told[0]
    assert first["cause"] in ("plan_kept", "plan_submitted")
    assert first["held_from"] == "2026-11-21T10:00:00+08:00"
    assert first["held_until"] is None
    assert told[-1] == {
        "loan_ref": held[-1],
        "customer_no": told[-1]["customer_no"],
        "cause": "breathing",
        "held_from": "2026-11-21T10:00:00+08:00",
        "held_until": "2026-12-02T10:00:00+08:00",
    }


def test_without_holds_there_is_one_empty_page(call):
    assert call("GET", "holds").get_json() == {"holds": [], "next": None}


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=ten", "limit"),
        ("limit=1_0", "limit"),
        ("limit=1.0", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("after=" + "x" * 41, "after"),
        ("page=2", "page"),
        ("limit=1&limit=2", "limit"),
    ],
)
def test_an_address_that_makes_no_sense_is_refused(call, asked, field):
    response = call("GET", f"holds?{asked}")
    refused(response, 400, response.get_json()["code"], field)
