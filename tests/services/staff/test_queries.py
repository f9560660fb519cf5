"""Accounts as administrators see them: roles held now, doors set up and open."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import StaffRole
from app.services.staff import managing, queries
from tests.support.acting import acting
from tests.support.authenticator import enrol
from tests.support.clock import NOW
from tests.support.staff_accounts import add, sign_in


def test_open_accounts_come_first_with_what_they_hold_now(session, vault):
    add(session, username="zhou", roles=["admin", "agent"])
    gone = add(session, username="aibo")
    secret = enrol(session, vault, "zhou")
    sign_in(session, vault, secret, username="zhou")
    managing.disable_staff(session, acting(), public_id=gone)
    role = session.scalars(select(StaffRole).where(StaffRole.role == "agent")).first()
    assert role.until_at is None
    zhou, ai = queries.staff_list(session, acting())
    assert (zhou.username, zhou.roles, zhou.is_enrolled) == ("zhou", ("admin", "agent"), True)
    assert (zhou.open_sessions, zhou.last_seen_at, zhou.disabled_at) == (1, NOW, None)
    assert zhou.recovery_codes_left == 10
    assert (ai.username, ai.is_enrolled, ai.open_sessions, ai.disabled_at) == (
        "aibo",
        False,
        0,
        NOW,
    )
    later = acting(now=NOW + timedelta(minutes=31))
    assert queries.staff_member(session, later, public_id=zhou.public_id).open_sessions == 0


def test_a_role_that_ended_is_not_held(session):
    public_id = add(session)
    managing.set_roles(session, acting(), public_id=public_id, roles=["finance"])
    assert queries.staff_member(session, acting(), public_id=public_id).roles == ("finance",)


def test_nobody_is_nobody(session):
    with pytest.raises(NotFound):
        queries.staff_member(session, acting(), public_id="x" * 20)
