"""What tests of services need beside a session and a vault."""

import pytest

from app.config import Settings
from app.ports.site import Site


@pytest.fixture
def site(tmp_path) -> Site:
    return Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance")}).site
