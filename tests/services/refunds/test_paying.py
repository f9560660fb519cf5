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
from app.services.refunds.accounts_named import RefundAccount, RefundSource
from app.services.refunds.asking import AccountNeeded, ask_refund, drop_refund
from app.services.refunds.paying import (
    CreditChanged,
    Payout,
    PayoutDayWrong,
    PayoutKnown,
    SamePersonPays,
    bounce_refund,
    pay_refund,
)
from tests.services.refunds.conftest import DAY, OVER
from tests.support.money import taken_back
from tests.support.payments import make_payment

ACCOUNT = RefundAccount("罗涵敏", "6225880212345678", "招商银行")
PAID = Payout("bank", "招行", "T-OUT-1", DAY)


@pytest.fixture
def ask(session, zheng, plan):
    def asked(source=None, account=ACCOUNT, words="电话里核对过", key="ask-1", by=None):
        return ask_refund(
            session,
            by or zheng,
            source=source or RefundSource("plan", plan.number),
            account=account,
            words=words,
            request_key=key,
        )

    return asked


@pytest.fixture
def pay(session, he):
    def paid(public_id, payout=PAID, key="pay-1", by=None):
        pay_refund(session, by or he, public_id=public_id, payout=payout, request_key=key)

    return paid


@pytest.fixture
def bounce(session, he):
    def bounced(public_id, day=DAY, key="bounce-1"):
        bounce_refund(
            session, he, public_id=public_id, bounced_on=day, words="户名不符", request_key=key
        )

    return bounced


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


def test_a_refund_of_what_was_refunded_says_so(ask, pay):
    pay(ask())
    with pytest.raises(acts.RefundedAlready, match="T-OUT-1"):
        ask(key="ask-2")


def test_asked_for_once_while_it_waits(ask):
    assert ask() == ask()
    with pytest.raises(acts.RefundUnderWay):
        ask(key="ask-2")


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


def test_what_was_asked_for_by_mistake_is_dropped(session, zheng, ask, pay, stored):
    public_id = ask()
    for _ in range(2):
        drop_refund(session, zheng, public_id=public_id, words="写错了", request_key="drop-1")
    assert stored()[0].state == "dropped"
    with pytest.raises(acts.RefundMoved):
        pay(public_id)
    ask(key="ask-2")


def test_another_account_needs_words(ask):
    with pytest.raises(acts.RefundWordsNeeded):
        ask(words=" ")
    with pytest.raises(AccountNeeded):
        ask(account=None)


def test_nothing_to_refund_of_a_payment_that_is_somebodys(session, vault, ask):
    payment = make_payment(session, vault, fen=500)
    with pytest.raises(acts.NothingToRefund):
        ask(RefundSource("payment", payment.public_id))


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
