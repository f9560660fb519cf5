"""What tests of services need beside a session and a vault."""

import pytest

from app.config import Settings
from app.models import Borrower, Loan
from app.ports.site import Site
from tests.factories import make_borrower, make_loan


@pytest.fixture
def site(tmp_path) -> Site:
    return Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance")}).site


@pytest.fixture
def borrower(session, vault) -> Borrower:
    return make_borrower(session, vault)


@pytest.fixture
def loan(session, borrower) -> Loan:
    return make_loan(session, borrower)
