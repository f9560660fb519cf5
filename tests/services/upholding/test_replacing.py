"""A signed plan gives way to the one signed in its place: books, loans, holds, money."""

from datetime import date, timedelta

import pytest

from app.domain.keeping.standing import standing
from app.services.keeping.accounts import accounts_of
from app.services.ledger.balance_queries import balances_of
from app.services.upkeep.invariants import check_invariants
from tests.domain.ledger.books import of_account
from tests.support.changing import change_signed
from tests.support.clock import NOW
from tests.support.kinds import KINDS, signed_of
from tests.support.money import paid, plan_of

DAY = timedelta(days=1)
LATER = NOW + DAY


@pytest.fixture
def plain_gateways(gateways):
    from tests.support.signing import plain

    return plain(gateways)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_goes_over_to_the_fen(session, plain_gateways, site, kind):
    agreement, loan, _version = signed_of(session, plain_gateways.vault, site, kind)
    borrower_id = plan_of(session, agreement.number).borrower_id
    paid(session, agreement.number, fen=30_000, on=date(2026, 11, 24))
    from app.models import Borrower

    borrower = session.get_one(Borrower, borrower_id)
    number = change_signed(
        session,
        plain_gateways,
        site,
        borrower=borrower,
        loan=loan,
        agreement=agreement.number,
        now=LATER,
        signed_at=LATER + timedelta(hours=2),
    )
    old, new = (plan_of(session, one) for one in (agreement.number, number))
    assert (old.state, new.state, new.replaces_id) == ("replaced", "active", old.id)
    accounts = accounts_of(session, plan_ids=[old.id, new.id])
    gone, runs = (standing(accounts[one.id], LATER.date()) for one in (old, new))
    assert (gone.state, gone.left_fen, runs.state) == ("replaced", 0, "active")
    books = balances_of(session, plan_ids=[old.id, new.id])
    assert not of_account(books[old.id], "receivable", "receivable_regular", "plan_money")
    assert of_account(books[old.id], "carried") == -of_account(books[new.id], "carried")
    assert of_account(books[old.id], "bank") == 30_000
    _names, found = check_invariants(session, gateways=plain_gateways)
    left_out = {"I2", "I5", "I9", "I14"}
    mine = [one for one in found if one.invariant not in left_out]
    assert mine == []
