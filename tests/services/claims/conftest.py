"""Finance at work on a payment: a running plan, and ways to act."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from app.domain.references import reference_of
from app.models import AuditEntry, Match, Payment, PaymentAct
from app.services.claims.placing import ShareWish, place_payment
from app.services.core.context import Actor
from tests.support.acting import acting
from tests.support.payments import make_payment, running_plan
from tests.support.threads import handler

WORDS = "电话里问过本人，是他爱人付的"


@pytest.fixture
def plan(session, vault):
    return running_plan(session, vault)


@pytest.fixture
def called(plan):
    return reference_of(plan.number)


@pytest.fixture
def pay(session, vault):
    def store(**values):
        return make_payment(session, vault, **values).public_id

    return store


@pytest.fixture
def at_finance(session, vault):
    """A context of someone of finance, by user name."""

    def context(username="zheng"):
        who = handler(session, "finance", username=username)
        return acting(actor=Actor(who.author, "127.0.0.1"), staff=who, vault=vault)

    return context


@pytest.fixture
def zheng(at_finance):
    return at_finance()


@pytest.fixture
def he(at_finance):
    return at_finance("he")


@pytest.fixture
def place(session, zheng):
    """place(payment, (to, fen), …) by 郑, or whom `by` says."""

    def placed(public_id, *shares, words=WORDS, key=None, by=None):
        place_payment(
            session,
            by or zheng,
            public_id=public_id,
            shares=[ShareWish(*one) for one in shares],
            words=words,
            request_key=key or str(uuid4()),
        )

    return placed


@pytest.fixture
def stored(session):
    def read(public_id) -> Payment:
        session.rollback()
        session.expire_all()
        return session.scalars(select(Payment).where(Payment.public_id == public_id)).one()

    return read


@pytest.fixture
def standing(session, stored):
    """What a payment is on now: (plan id, loan id, fen)."""

    def read(public_id):
        mine = select(Match).where(
            Match.payment_id == stored(public_id).id, Match.undone_at.is_(None)
        )
        found = session.scalars(mine.order_by(Match.number))
        return [(one.plan_id, one.loan_id, one.fen) for one in found]

    return read


@pytest.fixture
def acts_of(session, stored):
    def read(public_id):
        mine = select(PaymentAct).where(PaymentAct.payment_id == stored(public_id).id)
        found = session.scalars(mine.order_by(PaymentAct.id))
        return [(one.act, one.who, one.words) for one in found]

    return read


@pytest.fixture
def trail(session):
    def read():
        session.rollback()
        entries = select(AuditEntry).where(AuditEntry.object_kind == "payment")
        return session.scalars(entries.order_by(AuditEntry.seq)).all()

    return read
