"""Fixtures every test may use: clock, settings, gateways, application and the checking client."""

import os

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from app import create_app
from app.config import Settings
from app.wiring import make_gateways
from tests.support.built_once import build_once, keep_out_of_garbage
from tests.support.clock import FixedClock
from tests.support.installation import KEYS
from tests.support.network import block_network
from tests.support.pages import CheckingClient
from tests.support.sent import SentMessages

pytest_plugins = ["tests.support.databases", "tests.support.object_store"]

# a busy machine is no fault; in CI the examples are the same each time
hypothesis_settings.register_profile(
    "anhuan",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
    derandomize="CI" in os.environ,
)
hypothesis_settings.load_profile("anhuan")


def pytest_configure(config):
    block_network()
    build_once()


def pytest_collection_finish(session):
    keep_out_of_garbage()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def settings(database, tmp_path) -> Settings:
    return Settings.from_env(
        {"INSTANCE_DIR": str(tmp_path / "instance"), "DATABASE_URL": database.address, **KEYS}
    )


@pytest.fixture
def gateways(settings):
    return make_gateways(settings)


@pytest.fixture
def vault(tmp_path):
    """A vault for tests of services, which have no application."""
    folder = {"INSTANCE_DIR": str(tmp_path / "instance")}
    return make_gateways(Settings.from_env(folder | KEYS)).vault


@pytest.fixture
def app(settings, gateways, clock):
    application = create_app(settings, gateways=gateways, clock=clock)
    application.config["TESTING"] = True
    # no longer than it takes, and as long: a busy machine hands over too
    application.config["HAND_OVER_SECONDS"] = (
        0,
        300,
    )
    application.test_client_class = CheckingClient
    yield application
    application.extensions["anhuan_engine"].dispose()


@pytest.fixture
def client(app) -> CheckingClient:
    """A browser without JavaScript that checks every page it fetches."""
    return app.test_client()


@pytest.fixture
def sms(settings):
    """Messages handed to the local gateway, oldest first; sms.code(mobile) is the last code sent
    there.
    """
    return SentMessages(settings.instance_dir)
