"""Every kind of plan, and one over several loans, broken by the round of every night: books, pages
and promises agree, and every fen that came is found again.
"""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.models import Loan, PlanLoan
from app.services.core.policy import active_policy
from app.services.keeping.accounts import standings_of
from app.services.ledger.proving import broken_books, unequal_journals, unposted_books
from app.services.loans.figures import figures_of
from app.services.upholding.proving import untrue_breaks
from tests.factories import make_agreement
from tests.services.upholding.conftest import gateways
from tests.support.breaking import broken
from tests.support.clock import NOW
from tests.support.kinds import KINDS, signed_of
from tests.support.money import paid, plan_of
from tests.support.several import proposed_over, three_loans

__all__ = ["gateways"]

DAYS = 170
CAME = (1_001, 2_002, 3_003)


def _signed(session, vault, site, kind):
    if kind == "three":
        borrower, loans = three_loans(session, vault)
        return make_agreement(session, proposed_over(session, vault, site, borrower, loans))
    return signed_of(session, vault, site, kind)[0]


@pytest.mark.parametrize("kind", [*KINDS, "three"])
def test_it_breaks_and_everything_agrees(session, vault, site, gateways, kind):
    number = _signed(session, vault, site, kind).number
    plan = plan_of(session, number)
    for place, fen in enumerate(CAME):
        paid(session, number, fen=fen, on=date(2026, 11, 25) + timedelta(days=9 * place))
    after = broken(session, gateways, site, agreement=number, now=NOW + timedelta(days=DAYS))
    today = after.date()
    for check in (unequal_journals, unposted_books, broken_books, untrue_breaks):
        assert list(check(session)) == []
    stands = standings_of(session, plan_ids=[plan.id], as_of=today)[plan.id]
    covered = sum(part.fen for one in stands.payments for part in one.covered)
    assert covered + stands.ahead_fen == sum(CAME)
    policy = active_policy(session)[1]
    loans = select(Loan.id).join(PlanLoan, PlanLoan.loan_id == Loan.id)
    mine = set(session.scalars(loans.where(PlanLoan.plan_id == plan.id)))
    shown = [
        one
        for one in figures_of(session, borrower_id=plan.borrower_id, policy=policy, today=today)
        if one.loan.id in mine
    ]
    assert sum(one.owed.today_fen for one in shown) == stands.due_fen > 0
    assert sum(one.owed.payoff_fen - one.received_fen for one in shown) == stands.payoff_fen
    assert all(one.negotiation is None for one in shown)
