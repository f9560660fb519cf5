"""Staff accounts and their sign-in: one answer for all faults, limits by account and place,
step-up.
"""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.models import AuditEntry, FailedTry, SessionRow, Staff
from app.services.signin import staff_signin
from app.services.signin.sessions import token_hash
from app.services.signin.staff_signin import PasswordWrong, TooManyPasswords
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.staff_accounts import PASSWORD, add


def enter(
    session,
    vault,
    *,
    username="mei",
    password=PASSWORD,
    requester="10.0.0.1",
    now=NOW,
    old_token="",
):
    return staff_signin.sign_in_staff(
        session,
        acting(now=now, vault=vault),
        username=username,
        password=password,
        requester=requester,
        old_token=old_token,
    )


def test_the_right_password_opens_a_session_stepped_up(session, vault):
    add(session)
    token = enter(session, vault, username="MEI ")
    row = session.scalars(select(SessionRow)).one()
    assert (row.token_hash, row.audience, row.stepped_up_at) == (token_hash(token), "staff", NOW)


@pytest.mark.parametrize("fault", ["password", "name", "disabled", "locked"])
def test_every_fault_is_the_same_answer(session, vault, fault):
    add(session)
    staff = session.scalars(select(Staff)).one()
    staff.disabled_at = NOW if fault == "disabled" else None
    staff.locked_until_at = NOW + timedelta(minutes=1) if fault == "locked" else None
    session.commit()
    given = (
        {"password": "wrong"}
        if fault == "password"
        else {"username": "nobody"}
        if fault == "name"
        else {}
    )
    with pytest.raises(PasswordWrong) as refused:
        enter(session, vault, **given)
    assert refused.value.message == PasswordWrong.message
    assert session.scalar(select(func.count()).select_from(SessionRow)) == 0


@pytest.mark.parametrize("username", ["mei", "nobody"])
def test_after_five_wrong_passwords_this_place_waits_a_quarter_of_an_hour(session, vault, username):
    add(session)
    for _ in range(5):
        with pytest.raises(PasswordWrong):
            enter(session, vault, username=username, password="wrong")
    with pytest.raises(TooManyPasswords):
        enter(session, vault, username=username)
    later = NOW + timedelta(minutes=16)
    if username == "mei":
        assert enter(session, vault, requester="10.0.0.2")
        assert enter(session, vault, now=later)
    else:
        with pytest.raises(PasswordWrong):
            enter(session, vault, username=username, now=later)


def test_a_right_password_clears_the_count(session, vault):
    add(session)
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(PasswordWrong):
                enter(session, vault, password="wrong")
        assert enter(session, vault)
    assert session.scalar(select(func.count()).select_from(FailedTry)) == 0


def test_guessing_from_many_places_closes_the_door_but_not_open_sessions(session, vault):
    add(session)
    token = enter(session, vault)
    for n in range(staff_signin.TRIES_EVERYWHERE):
        with pytest.raises(PasswordWrong):
            enter(session, vault, password="wrong", requester=f"10.0.1.{n}")
    with pytest.raises(PasswordWrong):
        enter(session, vault, requester="10.0.2.1")
    row = session.scalars(
        select(SessionRow).where(SessionRow.token_hash == token_hash(token))
    ).one()
    assert row.ended_at is None
    assert enter(session, vault, requester="10.0.2.1", now=NOW + timedelta(minutes=15))


def test_a_step_up_takes_the_password_and_renews_the_token(session, vault):
    add(session)
    old, at = enter(session, vault), NOW + timedelta(minutes=20)
    row = session.scalars(select(SessionRow)).one()
    who = {"staff_id": row.staff_id, "session_id": row.id, "requester": "10.0.0.1"}
    with pytest.raises(PasswordWrong):
        staff_signin.step_up(session, acting(now=at, vault=vault), password="wrong", **who)
    new = staff_signin.step_up(session, acting(now=at, vault=vault), password=PASSWORD, **who)
    session.expire_all()
    assert new != old
    assert (row.token_hash, row.stepped_up_at) == (token_hash(new), at)
    for _ in range(5):
        with pytest.raises(PasswordWrong):
            staff_signin.step_up(session, acting(now=at, vault=vault), password="wrong", **who)
    with pytest.raises(TooManyPasswords):
        staff_signin.step_up(session, acting(now=at, vault=vault), password=PASSWORD, **who)


def test_every_step_is_on_record_once(session, vault):
    add(session)
    enter(session, vault)
    row = session.scalars(select(SessionRow)).one()
    with pytest.raises(PasswordWrong):
        enter(session, vault, password="wrong")
    for _ in range(2):
        staff_signin.sign_out_staff(
            session, acting(), staff_id=row.staff_id, session_id=row.id, requester="10.0.0.1"
        )
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)).all()
    assert actions == ["staff.added", "staff.signed_in", "staff.sign_in_failed", "staff.signed_out"]
