"""Two administrators."""

import pytest

from app.services.core.context import StaffMember
from tests.support.proposals import make_staff


@pytest.fixture
def wu(session) -> StaffMember:
    return make_staff(session, roles=("admin",), display_name="吴一")


@pytest.fixture
def chen(session) -> StaffMember:
    return make_staff(session, roles=("admin",), display_name="陈二")
