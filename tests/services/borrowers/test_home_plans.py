"""A plan over several loans on its borrower's home and loan pages: once, its sums counted once."""

from datetime import timedelta

import pytest

from app.config import Settings
from app.services.borrowers import home_queries
from app.services.borrowers.debt_queries import debts_of
from app.services.borrowers.home_plans import plans_on
from app.services.loans import queries as loan_queries
from app.services.loans.regular_queries import regular_beside
from app.wiring import make_gateways
from tests.factories import make_loan, make_plan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.installation import KEYS
from tests.support.several import approved_over, proposed_over, signed_over, three_loans
from tests.support.signing import plain


@pytest.fixture
def gateways(tmp_path):
    return plain(
        make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance"), **KEYS}))
    )


def home_of(session, borrower, days=0):
    return home_queries.home(
        session, acting(now=NOW + timedelta(days=days)), borrower_id=borrower.id
    )


def printed(payments):
    return [(one.number, one.amount_fen) for one in payments]


# before anything fell due, after the first payment, on the day of instalment 1, and long after
@pytest.mark.parametrize("days", [0, 4, 17, 100, 4000])
@pytest.mark.parametrize("count", [1, 3])
def test_a_signed_plan_is_counted_once(session, gateways, site, count, days):
    borrower, loans = three_loans(session, gateways.vault, count)
    signed_over(session, gateways, site, borrower, loans)
    found = home_of(session, borrower, days)
    (plan,) = found.plans
    whole = plan.kept
    assert [one.public_id for one in plan.loans] == [one.public_id for one in reversed(loans)]
    assert printed(whole.payments) == printed(whole.whole.payments)
    totals = found.totals
    assert totals.today_fen == whole.due_fen == sum(one.today_fen for one in found.loans)
    assert totals.due_today_fen == whole.due_today_fen
    parts = totals.principal_fen + totals.interest_fen + totals.penalty_fen + totals.fee_fen
    assert parts + totals.due_today_fen == totals.today_fen
    assert debts_of(session, acting(now=NOW), borrower_id=borrower.id).totals.payoff_fen == 0
    assert (found.next.kind, found.next_plan) == ("pay", plan)
    if whole.next is None:
        assert found.next_due is None
    else:
        assert found.next_due[1] == plan.coming
        assert plan.coming.due_on == whole.next.due_on
        assert plan.coming.amount_fen == whole.asked_fen


def test_each_loans_own_page_shows_its_share_of_every_payment(session, gateways, site):
    borrower, loans = three_loans(session, gateways.vault)
    signed_over(session, gateways, site, borrower, loans)
    pages = [
        loan_queries.loan_page(session, acting(), borrower_id=borrower.id, public_id=one.public_id)
        for one in loans
    ]
    whole = pages[0].loan.kept.whole
    by_id = {one.public_id: one for one in whole.loans}
    for page in pages:
        mine = by_id[page.loan.public_id]
        assert page.loan.kept.is_shared
        assert printed(page.loan.kept.payments) == printed(mine.payments)
        assert page.loan.kept.terms.total_fen == mine.total_fen < whole.total_fen
        assert page.loan.kept.terms.waived_fen == mine.waived_fen
    for payment in whole.payments:
        shares = [
            one.amount_fen
            for page in pages
            for one in page.loan.kept.payments
            if one.number == payment.number
        ]
        assert sum(shares) == payment.amount_fen


def test_an_offer_is_told_once_and_its_first_payment_is_the_whole_plans(
    session, gateways, vault, site
):
    borrower, loans = three_loans(session, vault)
    approved_over(session, vault, site, borrower, loans)
    found = home_of(session, borrower)
    (plan,) = found.plans
    assert [one.kind for one in found.events].count("offer_ends") == 1
    assert [one.kind for one in found.events].count("due") == 1
    assert found.next_due[1].amount_fen == plan.opened.whole.payments[0].amount_fen
    resting = sum(one.owed.today_fen for one in found.loans)
    assert (found.totals.today_fen, found.totals.resting_fen) == (0, resting)
    assert resting > 0


def test_another_loan_stands_beside_the_plan(session, vault, site):
    borrower, loans = three_loans(session, vault)
    proposed_over(session, vault, site, borrower, loans[:2])
    found = home_of(session, borrower)
    (plan,) = found.plans
    assert {one.public_id for one in plan.loans} == {one.public_id for one in loans[:2]}
    assert [one.kind for one in found.events].count("answer") == 1
    free = next(one for one in found.loans if one.public_id == loans[2].public_id)
    assert not plan.has(free)
    assert found.totals.today_fen == free.owed.today_fen


def test_a_plan_that_is_over_names_its_loans_also_where_a_newer_one_runs_on_one(session, borrower):
    older, newer = make_loan(session, borrower), make_loan(session, borrower)
    make_plan(session, older, state="refused", decided_at=NOW)
    make_plan(session, newer)
    found = home_of(session, borrower)
    assert [[loan.public_id for loan in one.loans] for one in plans_on(found.loans)] == [
        [older.public_id],
        [newer.public_id],
    ]


def test_beside_another_plan_each_loan_counts_with_its_share(session, gateways, site):
    borrower, loans = three_loans(session, gateways.vault)
    signed_over(session, gateways, site, borrower, loans)
    beside = regular_beside(session, acting(), borrower_id=borrower.id, planned=())
    (plan,) = home_of(session, borrower).plans
    assert sum(one.amount_fen for one in beside) == plan.kept.whole.instalments[0].amount_fen
