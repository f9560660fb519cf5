"""Stored terms read back: when the first payment is due once the day of the signature is known."""

from datetime import date

import pytest
from sqlalchemy import select

from app.domain.plan_terms import offer_dates, read_terms
from app.models import PlanVersion
from app.services.core.policy import active_policy
from app.services.proposals.basis import Answers
from tests.factories import make_borrower, make_loan
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
        select(PlanVersion).where(
            PlanVersion.public_id == submitted(session, vault, site, answers=WITH_FIRST)
        )
    ).one()
    terms = read_terms(version.terms, signed_on=signed_on)
    assert (terms.instalments[0].due_on, terms.first_payment.due_on) == (date(2026, 12, 10), due_on)


SMALL = {"principal_fen": 15_000, "annual_ppm": 0}


@pytest.mark.parametrize(
    ("chosen", "answered_on", "moved", "due_on", "valid_until_on"),
    [
        (date(2026, 12, 20), date(2026, 11, 23), 0, date(2026, 12, 20), date(2026, 11, 30)),
        (date(2026, 11, 25), date(2026, 11, 23), 0, date(2026, 11, 25), date(2026, 11, 25)),
        (date(2026, 11, 25), date(2026, 11, 24), 0, date(2026, 11, 25), date(2026, 11, 25)),
        (date(2026, 11, 25), date(2026, 11, 25), 1, date(2026, 12, 25), date(2026, 12, 2)),
        (date(2026, 11, 29), date(2026, 12, 2), 1, date(2026, 12, 29), date(2026, 12, 9)),
    ],
)
def test_a_settlement_is_valid_up_to_its_day_and_moves_only_once_that_has_come(
    session, vault, site, chosen, answered_on, moved, due_on, valid_until_on
):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower, **SMALL)
    public_id = submitted(
        session,
        vault,
        site,
        borrower=borrower,
        loan=loan,
        answers=Answers(pay_on=chosen, choice="best_fit"),
    )
    stored = session.scalars(
        select(PlanVersion.terms).where(PlanVersion.public_id == public_id)
    ).one()
    found = offer_dates(read_terms(stored), policy=active_policy(session)[1], today=answered_on)
    assert (found.moved_months, found.valid_until_on) == (moved, valid_until_on)
    assert read_terms(stored, moved_months=found.moved_months).first_on == due_on
