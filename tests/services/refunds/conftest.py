"""A plan that was paid off with 9.00 too much, and two people of finance."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.keeping.standing import standing
from app.models import Certificate, Plan, Refund
from app.services.core.context import Actor
from app.services.core.transaction import transaction
from app.services.refunds.accounts_named import RefundAccount, RefundSource
from app.services.refunds.asking import ask_refund
from app.services.refunds.paying import Payout, bounce_refund, pay_refund
from app.services.upholding.following import follow
from tests.support.acting import acting
from tests.support.certificates import account_of, signed_of
from tests.support.clock import NOW
from tests.support.money import paid, plan_of
from tests.support.threads import handler

OVER = 9_00
DAY = NOW.date() + timedelta(days=1)
NOW_THEN = NOW + timedelta(days=1)
ACCOUNT = RefundAccount("罗涵敏", "6225880212345678", "招商银行")
PAID = Payout("bank", "招行", "T-OUT-1", DAY)


@pytest.fixture
def plan(session, vault, site, borrower) -> Plan:
    number = signed_of(session, vault, site, borrower=borrower)
    owed = standing(account_of(session, number), DAY).payoff_fen
    paid(session, number, fen=owed + OVER, on=DAY)
    plan = plan_of(session, number)
    context = acting(now=NOW_THEN, vault=vault, site=site)
    with transaction(session):
        follow(session, context, plan_ids=[plan.id])
    session.refresh(plan)
    return plan


@pytest.fixture
def certificate(session, plan) -> str:
    mine = select(Certificate.public_id).where(Certificate.plan_id == plan.id)
    return session.scalars(mine).one()


@pytest.fixture
def at_finance(session, vault, site):
    def context(username="zheng", days=1):
        who = handler(session, "finance", username=username)
        now = NOW + timedelta(days=days)
        actor = Actor(who.author, "127.0.0.1")
        return acting(now=now, actor=actor, staff=who, vault=vault, site=site)

    return context


@pytest.fixture
def zheng(at_finance):
    return at_finance()


@pytest.fixture
def he(at_finance):
    return at_finance("he")


@pytest.fixture
def stored(session):
    """Every refund, the oldest first."""

    def read() -> list[Refund]:
        session.rollback()
        session.expire_all()
        return list(session.scalars(select(Refund).order_by(Refund.id)))

    return read


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
