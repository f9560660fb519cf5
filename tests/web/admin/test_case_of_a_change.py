"""The desk reads which agreement a proposal would take the place of, and how that one stands."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.models import Loan, PlanLoan
from app.services.proposals.basis import Answers
from tests.factories import make_loan
from tests.support.changing import change_asked
from tests.support.clock import NOW
from tests.support.money import paid, plan_of
from tests.support.signing import plain, signed

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
PLAIN = Answers(upfront_fen=0, monthly_fen=130_000, pay_day=10, choice="best_fit")


def test_a_case_says_what_it_changes(session, gateways, site, borrower, desk):
    loan = make_loan(session, borrower)
    number = signed(session, plain(gateways), site, borrower=borrower, loan=loan, answers=PLAIN)
    paid(session, number, fen=30_000, on=date(2026, 11, 23))
    covered = PlanLoan.plan_id == plan_of(session, number).id
    mine = session.scalars(select(Loan).join(PlanLoan).where(covered)).one()
    version = change_asked(
        session,
        gateways.vault,
        site,
        borrower=borrower,
        loan=mine,
        agreement=number,
        now=NOW + timedelta(hours=1),
    )
    words = desk.get(f"/admin/plan/{version}").page.text()
    for one in (f"改协议 {number}", "原协议照旧", "¥300.00", "说好的减免，带过来"):
        assert one in words
