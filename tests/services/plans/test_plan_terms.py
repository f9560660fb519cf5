"""Stored terms read back: when the first payment is due once the day of the signature is known."""

from datetime import date

import pytest
from sqlalchemy import select

from app.domain.offer_days import offer_dates
from app.domain.plan_terms import order_of, parts_in, read_terms
from app.models import PlanVersion
from app.services.core.policy import active_policy
from app.services.proposals.basis import Answers
from tests.factories import make_borrower, make_loan
from tests.support.proposals import submitted
from tests.support.terms import as_written_before

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
    ("chosen", "answered_on", "due_on", "valid_until_on"),
    [
        (date(2026, 12, 20), date(2026, 11, 23), date(2026, 12, 20), date(2026, 11, 30)),
        # signed until four days before it at the latest
        (date(2026, 12, 2), date(2026, 11, 23), date(2026, 12, 2), date(2026, 11, 28)),
        (date(2026, 11, 30), date(2026, 11, 23), date(2026, 11, 30), date(2026, 11, 26)),
        # less than seven days after the answer, or past: on the seventh day after it
        (date(2026, 11, 30), date(2026, 11, 24), date(2026, 12, 1), date(2026, 11, 27)),
        (date(2026, 11, 30), date(2026, 12, 2), date(2026, 12, 9), date(2026, 12, 5)),
    ],
)
def test_a_settlement_that_is_too_near_falls_due_on_the_first_day_that_is_not(
    session, vault, site, chosen, answered_on, due_on, valid_until_on
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
    assert (found.moved.months, found.valid_until_on) == (0, valid_until_on)
    assert read_terms(stored, moved=found.moved).first_on == due_on


@pytest.mark.parametrize("number", [1, 2])
def test_terms_of_every_format_ever_written_read_the_same(session, vault, site, number):
    public_id = submitted(session, vault, site, answers=WITH_FIRST)
    stored = session.scalars(
        select(PlanVersion.terms).where(PlanVersion.public_id == public_id)
    ).one()
    before = as_written_before(stored, number=number)
    assert read_terms(before) == read_terms(stored)
    assert list(parts_in(before)) == list(parts_in(stored))
    assert order_of(before) == order_of(stored)
