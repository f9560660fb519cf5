"""What a borrower's other loans ask for next: by the contract, by their own plan; what is left
out.
"""

import pytest

from app.domain.schedule import schedule
from app.services.loans.figures import terms_of
from app.services.loans.regular_queries import regular_beside
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import ANSWERS, submitted
from tests.support.signing import signed


@pytest.fixture
def beside(session, vault, borrower, loan):
    return lambda: regular_beside(
        session, acting(vault=vault), borrower_id=borrower.id, planned=[loan.id]
    )


def test_by_the_contract_the_next_instalment_after_today(session, borrower, beside):
    other = make_loan(session, borrower)
    today = acting(now=NOW).today
    found = next(one for one in schedule(terms_of(other)) if one.due_on > today)
    (one,) = beside()
    assert (one.ref, one.due_on, one.amount_fen) == (other.ref, found.due_on, found.total_fen)
    assert one.tail == other.ref[-4:]


def test_by_the_plan_that_waits_or_is_kept(session, gateways, site, vault, borrower, beside):
    kept, waits = make_loan(session, borrower), make_loan(session, borrower)
    signed(session, gateways, site, borrower=borrower, loan=kept)
    submitted(session, vault, site, borrower=borrower, loan=waits)
    found = {one.ref: one.amount_fen for one in beside()}
    assert set(found) == {kept.ref, waits.ref}
    # Their first instalment, and not the contract's.
    contract = {one.total_fen for one in schedule(terms_of(kept))}
    assert not contract & set(found.values())
    assert max(found.values()) <= ANSWERS.monthly_fen


def test_what_is_missing_or_someone_elses_is_left_out(session, vault, borrower, beside):
    make_loan(session, borrower, missing_since_on=acting(now=NOW).today)
    make_loan(session, make_borrower(session, vault))
    assert beside() == ()


def test_a_loan_whose_last_day_has_passed_asks_for_nothing_month_by_month(
    session, borrower, beside
):
    make_loan(session, borrower, periods=3, paid=1)
    assert beside() == ()
