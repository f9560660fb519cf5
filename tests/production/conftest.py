"""Production's own programs: each test starts what it needs, and one database is enough."""

import pytest


@pytest.fixture(params=["postgresql"])
def database_kind(request) -> str:
    return request.param
