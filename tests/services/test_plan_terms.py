"""Stored terms read back: when the first payment is due once the day of the signature is known."""

from datetime import date

import pytest
from sqlalchemy import select

from app.models import PlanVersion
from app.services.plan_offers import Answers
from app.services.plan_terms import read_terms
from tests.support.proposals import submitted

WITH_FIRST = Answers(upfront_fen=50_000, monthly_fen=130_000, pay_day=10, choice="best_fit")


@pytest.mark.parametrize(
    ("signed_on", "due_on"),
    [
        (None, date(2026, 11, 26)),
        (date(2026, 11, 23), date(2026, 11, 26)),
        (date(2026, 11, 28), date(2026, 12, 1)),
        (date(2026, 12, 6), date(2026, 12, 9)),
        (date(2026, 12, 8), date(2026, 12, 9)),
        (date(2026, 12, 10), date(2026, 12, 10)),
    ],
)
def test_the_first_payment_is_due_three_days_after_the_signature_and_before_instalment_one(
    session, vault, site, signed_on, due_on
):
    version = session.scalars(
        select(PlanVersion).where(PlanVersion.public_id == submitted(session, vault, site, answers=WITH_FIRST))
    ).one()
    terms = read_terms(version.terms, signed_on=signed_on)
    assert (terms.instalments[0].due_on, terms.first_payment.due_on) == (date(2026, 12, 10), due_on)
