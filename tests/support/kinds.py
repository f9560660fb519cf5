"""Signed plans of every kind, as the policy approves them at once."""

from datetime import date

from sqlalchemy import select

from app.models import PlanVersion
from app.services.proposals.basis import Answers
from tests.factories import make_agreement, make_borrower, make_loan
from tests.support.proposals import approved_at_once

KINDS = {
    "reamortise": {"upfront_fen": 50_000, "monthly_fen": 130_000, "pay_day": 10},
    "catch_up": {"upfront_fen": 0, "periods": 3},
    "settlement": {"pay_on": date(2026, 12, 5)},
    "step_up": {
        "upfront_fen": 0,
        "low_fen": 30_000,
        "low_months": 3,
        "periods": 12,
        "pay_day": 10,
    },
    "later": {"months": 2, "way": "later"},
    "monthly": {"months": 2, "way": "monthly"},
}


def signed_of(session, vault, site, kind):
    borrower = make_borrower(session, vault)
    is_deferral = "way" in KINDS[kind]
    loan = make_loan(session, borrower, periods=24, paid=11 if is_deferral else 9)
    answers = Answers(choice="best_fit", kind="deferral" if is_deferral else kind, **KINDS[kind])
    public_id = approved_at_once(
        session, vault, site, borrower=borrower, loan=loan, answers=answers
    )
    version = session.scalars(select(PlanVersion).where(PlanVersion.public_id == public_id)).one()
    return make_agreement(session, version), loan, version
