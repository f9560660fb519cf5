"""Fixtures every test may use: clock, settings, gateways, application and the checking client."""

import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from app import create_app
from app.config import Settings
from app.wiring import make_gateways
from tests.support.clock import FixedClock
from tests.support.network import block_network
from tests.support.pages import CheckingClient

pytest_plugins = ["tests.support.databases"]

hypothesis_settings.register_profile("anhuan", deadline=None, print_blob=True, derandomize="CI" in os.environ)
hypothesis_settings.load_profile("anhuan")


def pytest_configure(config):
    block_network()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def settings(database, tmp_path) -> Settings:
    return Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance"), "DATABASE_URL": database.address})


@pytest.fixture
def gateways(settings):
    return make_gateways(settings)


@pytest.fixture
def vault(tmp_path):
    """A vault for tests of services, which have no application."""
    return make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance")})).vault


@pytest.fixture
def app(settings, gateways, clock):
    application = create_app(settings, gateways=gateways, clock=clock)
    application.config["TESTING"] = True
    application.test_client_class = CheckingClient
    yield application
    application.extensions["anhuan_engine"].dispose()


@pytest.fixture
def client(app) -> CheckingClient:
    """A browser without JavaScript that checks every page it fetches."""
    return app.test_client()


@pytest.fixture
def sms(settings):
    """Messages handed to the local gateway, oldest first; sms.code(mobile) is the last code sent there."""
    return SentMessages(settings.instance_dir / "outbox" / "sms.jsonl")


class SentMessages:
    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> list[dict]:
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]

    def to(self, mobile: str) -> list[str]:
        return [message["text"] for message in self.all() if message["to"].endswith(mobile)]

    def code(self, mobile: str) -> str:
        found = [code for text in self.to(mobile) for code in re.findall(r"(?<!\d)\d{6}(?!\d)", text)]
        assert found, f"no code was sent to {mobile}"
        return found[-1]
