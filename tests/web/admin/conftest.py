"""A borrower, and an agent signed in at the desk."""

import pytest

from app.models import Borrower
from tests.factories import make_borrower
from tests.support.people import make_staff, sign_in_staff


@pytest.fixture
def borrower(session, gateways) -> Borrower:
    return make_borrower(session, gateways.vault)


@pytest.fixture
def desk(client, session):
    return sign_in_staff(client, session, make_staff(session, "agent"))
