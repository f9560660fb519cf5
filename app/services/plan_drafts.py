"""Answers given so far on the road to a plan: kept for the policy's days, gone once submitted."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import LAST_PAY_DAY, PayDay
from app.models import PlanDraft
from app.services import plan_offers
from app.services.plan_offers import CHOICES, Answers, Ground
from app.services.transaction import transaction


@dataclass(frozen=True)
class Draft:
    """What a borrower answered, and the key that makes a submission of it happen once."""

    answers: Answers
    request_key: str


def draft_of(session: Session, *, borrower_id: int, loan_id: int, now: datetime) -> Draft | None:
    """Return the answers kept for a loan, unless they lapsed."""
    row = _row(session, borrower_id, loan_id)
    if row is None or row.expires_at <= now:
        return None
    return Draft(_read(row.answers), row.request_key)


def save_answers(session: Session, *, borrower_id: int, loan_public_id: str, given: Answers, now: datetime) -> None:
    """Keep the answers that are given beside those kept before; answers that lapsed start anew.

    Raises: NotFound, a MayNotPropose, FirstPaymentTooLarge; ValueError for an answer no form lets through.
    """
    _check(given)
    with transaction(session):
        ground = plan_offers.lock_ground(session, borrower_id=borrower_id, loan_public_id=loan_public_id, now=now)
        ground.check_may_propose()
        if given.upfront_fen is not None:
            _check_upfront(ground, given.upfront_fen)
        _keep(session, ground, given, now)


def drop_draft(session: Session, *, borrower_id: int, loan_id: int) -> None:
    """Forget the answers for a loan. Never commits."""
    row = _row(session, borrower_id, loan_id)
    if row is not None:
        session.delete(row)


def _row(session: Session, borrower_id: int, loan_id: int) -> PlanDraft | None:
    query = select(PlanDraft).where(PlanDraft.borrower_id == borrower_id, PlanDraft.loan_id == loan_id)
    return session.scalars(query).one_or_none()


def _keep(session: Session, ground: Ground, given: Answers, now: datetime) -> None:
    row = _row(session, ground.borrower_id, ground.loan.id)
    if row is None:
        row = PlanDraft(borrower_id=ground.borrower_id, loan_id=ground.loan.id, answers={}, request_key=str(uuid4()))
        session.add(row)
    elif row.expires_at <= now:
        row.answers, row.request_key = {}, str(uuid4())
    row.answers = dict(row.answers) | {name: value for name, value in asdict(given).items() if value is not None}
    row.updated_at = now
    row.expires_at = now + timedelta(days=ground.policy.draft_days)


def _read(stored: Mapping[str, Any]) -> Answers:
    return Answers(**{name: stored.get(name) for name in Answers.__dataclass_fields__})


def _check(given: Answers) -> None:
    if (given.upfront_fen or 0) < 0 or (given.monthly_fen is not None and given.monthly_fen <= 0):
        raise ValueError("an amount below what a form lets through")
    if given.pay_day is not None and not _is_pay_day(given.pay_day):
        raise ValueError(f"no pay day: {given.pay_day}")
    if given.choice is not None and given.choice not in CHOICES:
        raise ValueError(f"no such choice: {given.choice}")


def _is_pay_day(day: PayDay) -> bool:
    return day == "last" or (isinstance(day, int) and 1 <= day <= LAST_PAY_DAY)


def _check_upfront(ground: Ground, upfront_fen: int) -> None:
    """A first payment that leaves nothing to plan is told at its own question, not three pages later."""
    ground.offer(Answers(upfront_fen=upfront_fen, monthly_fen=ground.figures.owed.payoff_fen, pay_day=1))
