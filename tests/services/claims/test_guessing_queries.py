"""Whose a payment may be, worked out for that one line from what is stored."""

import pytest
from sqlalchemy import select

from app.models import Loan
from app.services.claims.guessing_queries import likely_ends
from tests.support.payments import make_payment, running_plan


@pytest.fixture
def likely(session, vault, zheng):
    def found(**line):
        return likely_ends(session, zheng, payment=make_payment(session, vault, **line))

    return found


def test_who_pays_and_is_named_is_suggested_masked(session, vault, plan, called, likely):
    (one,) = likely(payer="李芳", fen=86_000)
    assert (one.called, one.borrower, one.destination.ref) == (called, "*芳", plan.number)
    assert "payer" in {reason.code for reason in one.reasons}


def test_a_reference_one_slip_away_is_suggested(session, vault, plan, called, likely):
    wrong = called[:-1] + str((int(called[-1]) + 1) % 10)
    found = likely(remark=f"{wrong} 十一月", payer="李芳")
    assert found[0].called == called
    assert {"reference_near", "payer"} <= {reason.code for reason in found[0].reasons}


def test_what_would_be_matched_by_itself_now_is_the_one_suggestion(plan, called, likely):
    (one,) = likely(remark=f"还 {called}", reason="undone")
    assert (one.called, one.reasons[0].code) == (called, "reference")


def test_there_are_never_more_than_three(session, vault, likely):
    for number in range(5):
        running_plan(
            session,
            vault,
            mobile=f"1900374200{number}",
            id_number=f"99010119890114{number:04d}",
        )
    assert len(likely(payer="李芳")) == 3


def test_a_loan_without_a_plan_asks_what_its_file_says(session, vault, likely, borrower, loan):
    found = likely(loan_ref=loan.ref, payer="罗涵敏", fen=100_00)
    ref = session.scalars(select(Loan.ref).where(Loan.id == loan.id)).one()
    assert [one.called for one in found] == [ref]
    assert found[0].asks["due"] > 0


def test_nothing_is_like_nothing(plan, likely):
    assert likely(remark="货款", payer="某某贸易公司") == ()


def test_what_was_taken_back_is_nobodys(plan, called, likely):
    assert likely(remark=called, reverses_ref="LS-0") == ()
