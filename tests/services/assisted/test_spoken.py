"""What is said on the phone, as the answers of the borrower's own journey: each kind its own
inputs, nothing of another.
"""

from dataclasses import replace
from datetime import date

import pytest

from app.domain.budget import Budget
from app.services.assisted.queries import spoken_basis
from app.services.assisted.spoken import PhoneAnswers
from app.services.loans.regular_queries import RegularInstalment
from app.services.proposals.basis import Answers, basis_for
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting

DAY = date(2026, 12, 10)
# Something of every kind at once, as a page may bring it that was changed to and fro.
SAID = PhoneAnswers(
    upfront_fen=10_000,
    monthly_fen=60_000,
    pay_day=10,
    pay_on=DAY,
    low_fen=20_000,
    low_months=3,
    months=2,
    way="monthly",
    sum_fen=500_000,
    choice="lowest",
)
MONTHLY = {"upfront_fen": 10_000, "monthly_fen": 60_000, "periods": 0, "choice": "lowest"}


@pytest.mark.parametrize(
    ("kind", "paid", "expected"),
    [
        ("reamortise", 8, MONTHLY | {"pay_day": 10}),
        ("step_up", 8, MONTHLY | {"pay_day": 10, "low_fen": 20_000, "low_months": 3}),
        ("catch_up", 8, MONTHLY),
        ("settlement", 8, {"pay_on": DAY, "sum_fen": 500_000, "choice": "best_fit"}),
        ("deferral", 11, {"months": 2, "way": "monthly", "choice": "best_fit"}),
    ],
)
def test_each_kind_takes_its_own(session, vault, kind, paid, expected):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower, paid=paid)
    basis = basis_for(session, acting(), borrower_id=borrower.id, loan_public_id=loan.public_id)
    said = replace(SAID, kind=kind)
    answers = said.answers(spoken_basis(basis, said))
    assert answers == Answers(kind=kind, loans=(loan.public_id,), **expected)


def test_an_own_number_is_said_instead_of_an_amount(session, vault):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower)
    basis = basis_for(session, acting(), borrower_id=borrower.id, loan_public_id=loan.public_id)
    answers = replace(SAID, periods=12).answers(spoken_basis(basis, SAID))
    assert (answers.periods, answers.monthly_fen) == (12, None)


def test_a_small_debt_takes_a_day_alone(session, vault):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower, principal_fen=18_000)
    basis = basis_for(session, acting(), borrower_id=borrower.id, loan_public_id=loan.public_id)
    answers = SAID.answers(spoken_basis(basis, SAID))
    assert answers == Answers(loans=(loan.public_id,), pay_on=DAY, choice="best_fit")


def test_a_month_counts_what_the_other_loans_ask_for():
    beside = [RegularInstalment("JJ1", "装修分期", DAY, 40_000)]
    told = replace(SAID, budget=Budget.of_sums(500_000, 300_000)).beside(beside)
    assert told.surplus_fen == 160_000
    assert SAID.beside(beside).surplus_fen is None
