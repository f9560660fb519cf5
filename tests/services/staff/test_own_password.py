"""Another password by its owner: sessions elsewhere end, this one stays."""

import pytest
from sqlalchemy import select

from app.models import AuditEntry, SessionRow, Staff
from app.services.core.context import StaffMember
from app.services.staff.accounts import StaffRefused
from app.services.staff.own_password import change_password
from app.services.staff.passwords import is_password
from tests.support.acting import acting
from tests.support.authenticator import enrol
from tests.support.clock import NOW
from tests.support.staff_accounts import PASSWORD, add, sign_in


@pytest.fixture
def me(session, vault):
    add(session)
    secret = enrol(session, vault)
    for _ in range(2):
        sign_in(session, vault, secret)
    staff = session.scalars(select(Staff)).one()
    return StaffMember(staff.id, staff.public_id, staff.person_id, frozenset({"agent"}))


def test_the_new_one_counts_and_other_sessions_end(session, me):
    here, there = session.scalars(select(SessionRow).order_by(SessionRow.id)).all()
    change_password(session, acting(staff=me), session_id=here.id, password="another long phrase")
    session.expire_all()
    hashed = session.scalars(select(Staff.password_hash)).one()
    assert is_password(hashed, "another long phrase")
    assert not is_password(hashed, PASSWORD)
    assert (here.ended_at, there.ended_at) == (None, NOW)
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    assert (entries[-1].action, entries[-1].actor) == ("staff.password_changed", me.author)


@pytest.mark.parametrize("password", ["elevenchars", "x" * 201])
def test_one_too_short_or_too_long_is_refused(session, me, password):
    with pytest.raises(StaffRefused, match="个字符"):
        change_password(session, acting(staff=me), session_id=1, password=password)
