"""Signed plans and their books for tests of the ledger."""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select

from app.domain.calendar import midnight
from app.models import Journal, Plan, PlanVersion
from app.services.core.transaction import transaction
from app.services.keeping.accounts import accounts_of
from app.services.ledger.posting import PostedJournal, lock_books, post
from app.services.proposals.basis import Answers
from tests.factories import make_agreement, make_borrower, make_loan
from tests.support.acting import acting
from tests.support.money import plan_of
from tests.support.proposals import approved_at_once

# Instalments of a plan signed on 2026-11-23 fall due on the tenth.
FIRST, SECOND = date(2026, 12, 10), date(2027, 1, 11)


class SignedPlan(NamedTuple):
    """A signed plan of one loan."""

    plan: Plan
    agreement: str
    ref: str


def signed_plan(session, vault, site) -> SignedPlan:
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower, periods=24, paid=9)
    answers = Answers(choice="best_fit", upfront_fen=50_000, monthly_fen=130_000, pay_day=10)
    public_id = approved_at_once(
        session, vault, site, borrower=borrower, loan=loan, answers=answers
    )
    version = session.scalars(select(PlanVersion).where(PlanVersion.public_id == public_id)).one()
    agreement = make_agreement(session, version)
    return SignedPlan(plan_of(session, agreement.number), agreement.number, loan.ref)


def account_of(session, plan_id: int):
    return accounts_of(session, plan_ids=[plan_id])[plan_id]


def posted(
    session, plan_id: int, as_of: date, at: datetime | None = None, **how
) -> tuple[PostedJournal, ...]:
    """Post what a plan's books lack, in a transaction of its own."""
    context = acting(now=at or midnight(as_of))
    with transaction(session):
        lock_books(session, plan_ids=[plan_id])
        account = account_of(session, plan_id)
        return post(session, context, plan_id=plan_id, account=account, as_of=as_of, **how)


def rows(session, plan_id: int) -> list[Journal]:
    query = select(Journal).where(Journal.plan_id == plan_id).order_by(Journal.seq)
    return list(session.scalars(query))
