"""One asks, another pays; what bounced is credit again; nothing is refunded twice."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.keeping.standing import standing
from app.models import Agreement, AuditEntry, Journal, Payment
from app.services.claims.returning import RefundStands, keep_payment, return_payment
from app.services.keeping.accounts import accounts_of
from app.services.ledger.balance_queries import account_totals
from app.services.ledger.house_proving import untrue_house
from app.services.ledger.house_queries import moves_of
from app.services.ledger.proving import broken_books, unposted_books
from app.services.refunds import acts
from app.services.refunds.accounts_named import RefundSource
from app.services.refunds.paying import (
    CreditChanged,
    PayoutDayWrong,
    PayoutKnown,
    SamePersonPays,
)
from tests.services.refunds.conftest import DAY, OVER, PAID
from tests.support.money import taken_back
from tests.support.payments import make_payment


def credit(session, plan, day=DAY):
    session.rollback()
    return standing(accounts_of(session, plan_ids=[plan.id])[plan.id], day).credit_fen


def proved(session):
    """Whether ledger and house are what the facts ask for."""
    session.rollback()
    return [*unposted_books(session), *broken_books(session), *untrue_house(session)]


def test_the_money_leaves_the_credit_and_the_channel(session, plan, ask, pay, stored):
    public_id = ask()
    assert credit(session, plan) == OVER
    pay(public_id)
    assert stored()[0].state == "paid"
    assert credit(session, plan) == 0
    assert account_totals(session).get("credit", 0) == 0
    kinds = session.scalars(select(Journal.kind).order_by(Journal.seq)).all()
    assert kinds[-1] == "refund"
    moves = moves_of(session, correlation_id=public_id)
    assert [(one.debit, one.credit, one.fen) for one in moves] == [("bank", "clearing", OVER)]
    assert proved(session) == []


def test_who_asked_does_not_pay(ask, pay, zheng, he):
    public_id = ask()
    with pytest.raises(SamePersonPays):
        pay(public_id, by=zheng)
    # A second account of the same human is the same human.
    same = replace(he, member=replace(he.staff, person_id=zheng.staff.person_id))
    with pytest.raises(SamePersonPays):
        pay(public_id, by=same)
    pay(public_id)


def test_a_double_tap_pays_once(ask, pay, session):
    public_id = ask()
    pay(public_id)
    pay(public_id)
    with pytest.raises(acts.RefundMoved):
        pay(public_id, key="pay-2")
    paid = select(AuditEntry).where(AuditEntry.action == "refund_paid")
    assert len(session.scalars(paid).all()) == 1


@pytest.mark.parametrize("days", [-1, 1])
def test_not_before_it_was_credit_nor_on_a_day_to_come(ask, pay, days):
    with pytest.raises(PayoutDayWrong):
        pay(ask(), PAID._replace(paid_on=DAY + timedelta(days=days)))


def test_what_bounced_is_credit_again_and_may_be_asked_for_anew(
    session, plan, ask, pay, bounce, stored
):
    public_id = ask()
    pay(public_id)
    bounce(public_id)
    assert credit(session, plan) == OVER
    assert proved(session) == []
    again = ask(key="ask-2")
    with pytest.raises(PayoutKnown):
        pay(again, key="pay-2")
    pay(again, PAID._replace(channel_ref="T-OUT-2"), key="pay-3")
    assert [one.state for one in stored()] == ["bounced", "paid"]
    assert credit(session, plan) == 0
    assert proved(session) == []


def test_less_credit_than_was_asked_for_is_not_paid(session, plan, ask, pay, certificate):
    public_id = ask()
    payment = session.scalars(select(Payment).order_by(Payment.id.desc())).first()
    agreement = session.scalars(select(Agreement.number)).one()
    taken_back(session, payment, agreement, on=DAY)
    with pytest.raises(CreditChanged):
        pay(public_id)


def test_money_of_nobody_goes_back(session, vault, zheng, ask, pay, bounce):
    payment = make_payment(session, vault, fen=500, paid_on=DAY, arrived_on=DAY).public_id
    act = {"public_id": payment, "words": "不是我们的"}
    return_payment(session, zheng, **act, request_key="return-1")
    public_id = ask(RefundSource("payment", payment))
    with pytest.raises(RefundStands):
        keep_payment(session, zheng, **act, request_key="keep-1")
    pay(public_id)
    moves = moves_of(session, correlation_id=public_id)
    assert [(one.debit, one.credit, one.fen) for one in moves] == [
        ("refund_payable", "clearing", 500)
    ]
    with pytest.raises(acts.RefundedAlready):
        ask(RefundSource("payment", payment), key="ask-2")
    bounce(public_id)
    keep_payment(session, zheng, **act, request_key="keep-2")
    assert [*untrue_house(session)] == []
