"""What tests of pages need beside a client."""

import pytest

from app.ports.site import Site


@pytest.fixture
def site(settings) -> Site:
    return settings.site
