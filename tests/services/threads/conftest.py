"""Staff who handle threads, and their desk."""

import pytest

from tests.support.threads import Desk, handler


@pytest.fixture
def mei(session):
    return handler(session)


@pytest.fixture
def lin(session):
    return handler(session, username="lin")


@pytest.fixture
def boss(session):
    return handler(session, "supervisor", username="zhou")


@pytest.fixture
def desk(session, vault, site) -> Desk:
    return Desk(session, vault, site)
