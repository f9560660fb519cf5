"""What tests of pages need beside a client."""

import zlib

import pytest

from app.ports.site import Site
from tests.support.databases import KINDS
from tests.support.world import World


@pytest.fixture
def database_kind(request) -> str:
    """Pages run on one of the two databases, by turns: what differs between those is tested where
    the use cases are. A test that wants one of them, or both, is parametrized with it.
    """
    asked = getattr(request, "param", None)
    return asked or KINDS[zlib.crc32(request.node.nodeid.encode()) % len(KINDS)]


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
