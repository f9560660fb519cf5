"""A plan that waits for a person, its borrower, staff, and where papers lie."""

import pytest

from tests.support.proposals import make_staff, submitted


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "papers"


@pytest.fixture
def mei(session):
    return make_staff(session, display_name="林梅")


@pytest.fixture
def version(session, vault, site, borrower, loan) -> str:
    return submitted(session, vault, site, borrower=borrower, loan=loan)
