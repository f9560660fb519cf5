"""Accounts of staff: a strong hash, roles that exist, a name of their own."""

import pytest
from sqlalchemy import func, select

from app.models import AuditEntry, Staff, StaffRole
from app.services.staff.accounts import StaffRefused
from app.services.staff.passwords import is_password
from tests.support.staff_accounts import PASSWORD, add


def test_an_account_holds_a_strong_hash_and_its_roles(session):
    public_id = add(session, username=" Ｍｅｉ ", roles=["agent", "finance", "agent"])
    staff = session.scalars(select(Staff)).one()
    assert (staff.username, staff.public_id) == ("mei", public_id)
    assert staff.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert sorted(session.scalars(select(StaffRole.role))) == ["agent", "finance"]
    assert is_password(staff.password_hash, PASSWORD)
    assert not is_password(staff.password_hash, PASSWORD + ".")
    assert not is_password(None, PASSWORD)
    assert session.scalars(select(AuditEntry.action)).all() == ["staff.added"]


@pytest.mark.parametrize(
    "values",
    [
        {"username": "me"},
        {"username": "mei li"},
        {"username": "1mei"},
        {"display_name": " "},
        {"roles": []},
        {"roles": ["agent", "king"]},
        {"password": "elevenchars"},
        {"password": "x" * 201},
    ],
)
def test_an_account_that_is_not_right_is_refused(session, values):
    with pytest.raises(StaffRefused):
        add(session, **values)
    assert session.scalar(select(func.count()).select_from(Staff)) == 0


def test_a_user_name_is_taken_once(session):
    add(session)
    with pytest.raises(StaffRefused):
        add(session, username="MEI")


def test_a_second_account_is_still_the_same_human(session):
    with pytest.raises(StaffRefused):
        add(session, person_id="p1")
    person = f"staff:{add(session)}"
    add(session, username="mei2", person_id=person)
    assert session.scalars(select(Staff.person_id)).all() == [person, person]
