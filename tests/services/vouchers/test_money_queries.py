"""Signed plans and their money as vouchers tell of it: what came, what was taken back since."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import Loan, Match
from app.services.vouchers.issuing import holder_of
from app.services.vouchers.money_queries import (
    laid_money,
    loan_money,
    money_of_loan,
    money_of_plan,
    plan_receipt_of,
    signed_account,
)
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.certificates import signed_of
from tests.support.clock import NOW
from tests.support.money import arrived, matched, paid, plan_of, taken_back, undone
from tests.support.vouchers import DAY, kept_with, later, owner_of


def test_what_came_for_a_plan_and_before_it_for_its_loan(session, vault, site):
    agreement, number = kept_with(session, vault, site)
    plan = plan_of(session, agreement)
    loan = session.scalars(select(Loan)).one()
    matched(session, arrived(session, fen=5, on=DAY - timedelta(days=3)), loan=loan)
    found = list(money_of_plan(session, plan_id=plan.id))
    assert [one.match.fen for one in found] == [20_000, 5]
    assert found[0].number == number
    assert [one.match.fen for one in money_of_loan(session, loan_id=loan.id)] == [5]


def test_each_tells_since_when_it_no_longer_counts(session, vault, site):
    agreement, _number = kept_with(session, vault, site)
    back = paid(session, agreement, fen=1, on=DAY)
    taken_back(session, back, agreement, on=DAY, at=later(2))
    off = paid(session, agreement, fen=2, on=DAY)
    undone(session, off, at=later(1))
    plan_id = plan_of(session, agreement).id
    found = {one.match.fen: one.gone_at for one in money_of_plan(session, plan_id=plan_id)}
    assert found == {20_000: None, 1: later(2), 2: later(1)}
    match = session.scalars(select(Match).where(Match.fen == 2)).one()
    assert laid_money(session, match_id=match.id).gone_at == later(1)


def test_a_payment_in_two_parts_is_two_and_each_is_taken_back_once(session, vault, site):
    agreement, _number = kept_with(session, vault, site)
    plan = plan_of(session, agreement)
    loan = session.scalars(select(Loan)).one()
    payment = arrived(session, fen=10, on=DAY)
    matched(session, payment, plan=plan, fen=4)
    matched(session, payment, loan=loan, fen=6, number=2)
    back = arrived(session, fen=10, on=DAY, reverses=payment, state="matched", at=later(1))
    matched(session, back, plan=plan, fen=4)
    matched(session, back, loan=loan, fen=6, number=2)
    session.commit()
    mine = [one for one in money_of_plan(session, plan_id=plan.id) if one.payment.id == payment.id]
    assert [(one.match.fen, one.gone_at) for one in mine] == [(4, later(1)), (6, later(1))]


def test_the_page_of_a_loan_lists_its_own_money_the_latest_first(session, vault, borrower, loan):
    for fen, day in ((1, date(2026, 11, 1)), (2, date(2026, 11, 9))):
        matched(session, arrived(session, fen=fen, on=day), loan=loan)
    undone(session, matched_payment(session, 1), at=NOW)
    found = loan_money(session, borrower_id=borrower.id, loan_public_id=loan.public_id)
    assert [(one.fen, one.is_taken_back) for one in found] == [(2, False), (1, True)]
    other = make_borrower(session, vault, mobile="19003740077", id_number="990101198901140022")
    assert loan_money(session, borrower_id=other.id, loan_public_id=loan.public_id) == ()


def matched_payment(session, fen):
    match = session.scalars(select(Match).where(Match.fen == fen)).one()
    return laid_money(session, match_id=match.id).payment


def test_money_that_is_not_the_plans_is_not_told_for_it(session, vault, site):
    agreement, _number = kept_with(session, vault, site)
    signed = signed_account(session, number=agreement)
    (laid,) = money_of_plan(session, plan_id=signed.plan.id)
    holder = holder_of(session, acting(vault=vault, site=site), borrower_id=signed.plan.borrower_id)
    with pytest.raises(LookupError):
        plan_receipt_of(
            session,
            signed=signed,
            laid=laid,
            holder=holder,
            today=DAY - timedelta(days=1),
        )


def test_it_is_found_for_its_borrower_and_for_whoever_checks(session, vault, site):
    number = signed_of(session, vault, site)
    mine = owner_of(session, number)
    other = make_borrower(session, vault, mobile="19003740077", id_number="990101198901140022")
    found = signed_account(session, number=number, borrower_id=mine)
    assert (found.agreement, found.account.plan.number) == (number, found.plan.number)
    assert signed_account(session, number=number).plan.id == found.plan.id
    for asked in ({"number": number, "borrower_id": other.id}, {"number": "AH-99999-1"}):
        with pytest.raises(NotFound):
            signed_account(session, **asked)
