"""A borrower with one loan past due, signed in on a phone."""

import pytest

from app.models import Borrower, Loan
from tests.factories import make_borrower, make_loan
from tests.support.people import sign_in_as


@pytest.fixture
def borrower(session, gateways) -> Borrower:
    return make_borrower(session, gateways.vault)


@pytest.fixture
def loan(session, borrower) -> Loan:
    return make_loan(session, borrower)


@pytest.fixture
def phone(client, session, borrower):
    return sign_in_as(client, session, borrower)
