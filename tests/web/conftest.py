"""What tests of pages need beside a client."""

import pytest

from app.ports.site import Site
from tests.support.world import World


@pytest.fixture
def session(database):
    with database.sessions() as opened:
        yield opened


@pytest.fixture
def site(settings) -> Site:
    return settings.site


@pytest.fixture
def world(app, database, gateways, settings) -> World:
    return World(app, database, gateways, settings.site)
