"""Borrowers with loans and plans, and money that arrives for them."""

from itertools import count

import pytest
from sqlalchemy import select

from app.domain.references import reference_of
from app.models import Match, Payment, Plan, new_public_id
from app.services.core.context import Actor
from app.services.repayments.importing import import_repayments
from tests.factories import make_agreement, make_plan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.lender_rows import ListFile

TODAY = NOW.date()
UNMATCHED = {"paid_on": TODAY, "arrived_on": TODAY, "reverses_ref": "", "state": "unmatched"}


@pytest.fixture
def context(vault):
    return acting(now=NOW, actor=Actor("cli:import-repayments"), vault=vault)


@pytest.fixture
def plan(session, loan):
    """A signed plan that runs on the loan."""
    version = make_plan(session, loan, state="approved")
    make_agreement(session, version)
    return session.get_one(Plan, version.plan_id)


@pytest.fixture
def pay(session, vault):
    """Store a payment of which a person has to say whose it is."""

    def store(fen=100_00, ref="LS1", **values):
        row = Payment(
            public_id=new_public_id(),
            channel="银行卡",
            channel_ref=ref,
            posted_at=NOW,
            fen=fen,
            loan_ref="",
            key_version=vault.key_version,
            reason="nothing",
            **UNMATCHED | values,
        )
        session.add(row)
        session.commit()
        return row

    return store


@pytest.fixture
def matches(session):
    def read():
        session.expire_all()
        return session.scalars(select(Match).order_by(Match.payment_id, Match.number)).all()

    return read


@pytest.fixture
def line(plan):
    """The cells of a good line, its money for the plan."""
    numbers = count(1)

    def cells(**written):
        values = {
            "流水号": f"T{next(numbers):06d}",
            "渠道": "银行卡",
            "入账日期": TODAY.isoformat(),
            "金额": "100.00",
            "备注": reference_of(plan.number),
        }
        return values | written

    return cells


@pytest.fixture
def take_in(session, context):
    """Import lines as a file; what they ask for is nothing unless told."""

    def take(*lines, asks=None, now=NOW, file=None, **options):
        file = file or ListFile(lines)
        return import_repayments(session, context.at(now), file=file, asks=asks, **options)

    return take


@pytest.fixture
def payments(session):
    def read():
        session.expire_all()
        return session.scalars(select(Payment).order_by(Payment.id)).all()

    return read
