"""A borrower with a loan, staff on the phone."""

import pytest

from tests.support.callers import Phone
from tests.support.proposals import make_staff


@pytest.fixture
def mei(session):
    return make_staff(session)


@pytest.fixture
def lin(session):
    return make_staff(session)


@pytest.fixture
def boss(session):
    return make_staff(session, roles=("supervisor",))


@pytest.fixture
def phone(session, vault, site, borrower, loan, mei):
    return Phone(session, vault, site, borrower, mei)
