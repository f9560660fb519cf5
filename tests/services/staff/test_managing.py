"""People who leave: disabled, deprived of roles, reset, signed out at once; never the last
administrator.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import AuditEntry, SessionRow, Staff, StaffRole
from app.services.core.context import StaffMember
from app.services.signin.sessions import CurrentUser, read_session
from app.services.staff import managing, signing_in, totp
from app.services.staff.accounts import StaffRefused
from app.services.staff.passwords import is_password
from app.services.staff.signing_in import PasswordWrong
from tests.support.acting import acting
from tests.support.authenticator import enrol
from tests.support.clock import NOW
from tests.support.people import make_staff
from tests.support.staff_accounts import PASSWORD, add, first_step, sign_in

LATER = NOW + timedelta(minutes=1)


def member(staff, *roles) -> StaffMember:
    return StaffMember(staff.id, staff.public_id, staff.person_id, frozenset(roles))


@pytest.fixture
def boss(session) -> StaffMember:
    return member(make_staff(session, "admin", username="boss"), "admin")


@pytest.fixture
def mei(session, vault):
    public_id = add(session)
    return public_id, enrol(session, vault)


def by(boss, now=LATER):
    return acting(now=now, staff=boss) if boss else acting(now=now)


def roles(session, public_id) -> list[str]:
    session.expire_all()
    return sorted(
        session.scalars(
            select(StaffRole.role)
            .join(Staff, Staff.id == StaffRole.staff_id)
            .where(Staff.public_id == public_id, StaffRole.until_at.is_(None))
        )
    )


def actions(session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)))


def test_a_disabled_account_is_out_at_once_and_on_record(session, vault, boss, mei):
    public_id, secret = mei
    token = sign_in(session, vault, secret).token
    step = first_step(session, vault)
    assert managing.disable_staff(session, by(boss), public_id=public_id)
    assert not isinstance(read_session(session, by(boss), token=token), CurrentUser)
    assert session.scalars(select(SessionRow.ended_why)).all() == ["by_administrator"]
    with pytest.raises(PasswordWrong):
        first_step(session, vault, now=LATER)
    assert step
    assert not managing.disable_staff(session, by(boss), public_id=public_id)
    assert managing.enable_staff(session, by(boss), public_id=public_id)
    assert not managing.enable_staff(session, by(boss), public_id=public_id)
    assert sign_in(session, vault, secret, now=LATER).token
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    told = [one for one in entries if one.action in ("staff.disabled", "staff.enabled")]
    assert [(one.actor, one.object_id) for one in told] == [(boss.author, public_id)] * 2


def test_a_sign_in_between_its_steps_ends_too(session, vault, boss, mei):
    public_id, _secret = mei
    step = first_step(session, vault)
    managing.disable_staff(session, by(boss), public_id=public_id)
    managing.enable_staff(session, by(boss), public_id=public_id)
    assert signing_in.second_step(session, acting(vault=vault), step=step) is None


def test_roles_are_given_and_taken_with_their_times(session, boss, mei):
    public_id, _secret = mei
    told = managing.set_roles(session, by(boss), public_id=public_id, roles=["finance", "agent"])
    assert told == ("agent", "finance")
    managing.set_roles(session, by(boss), public_id=public_id, roles=["finance"])
    assert roles(session, public_id) == ["finance"]
    ended = session.scalars(select(StaffRole).where(StaffRole.role == "agent")).one()
    assert (ended.from_at, ended.until_at) == (NOW, LATER)
    managing.set_roles(session, by(boss), public_id=public_id, roles=["finance"])
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "staff.roles_changed")
    ).all()
    assert [(one.before, one.after) for one in entries] == [
        ({"roles": ["agent"]}, {"roles": ["agent", "finance"]}),
        ({"roles": ["agent", "finance"]}, {"roles": ["finance"]}),
    ]
    managing.set_roles(session, by(boss), public_id=public_id, roles=[])
    assert roles(session, public_id) == []


def test_single_roles_are_given_and_taken(session, boss, mei):
    public_id, _secret = mei
    change = {"given": ["finance", "admin"], "taken": ["agent"]}
    managing.change_roles(session, by(boss), public_id=public_id, **change)
    assert roles(session, public_id) == ["admin", "finance"]


def test_a_role_nobody_has_is_refused(session, boss, mei):
    with pytest.raises(StaffRefused):
        managing.set_roles(session, by(boss), public_id=mei[0], roles=["king"])


@pytest.mark.parametrize(
    "act",
    [
        lambda s, c, one: managing.disable_staff(s, c, public_id=one),
        lambda s, c, one: managing.set_roles(s, c, public_id=one, roles=["agent"]),
        lambda s, c, one: managing.set_roles(s, c, public_id=one, roles=[]),
    ],
)
def test_the_last_administrator_stays(session, boss, mei, act):
    # by a command, which is nobody of the staff
    with pytest.raises(StaffRefused, match="最后一位管理员"):
        act(session, by(None), boss.public_id)
    other = make_staff(session, "admin", username="other")
    other.disabled_at = NOW
    session.commit()
    with pytest.raises(StaffRefused, match="最后一位管理员"):
        act(session, by(None), boss.public_id)
    other.disabled_at = None
    session.commit()
    act(session, by(None), boss.public_id)
    with pytest.raises(StaffRefused, match="最后一位管理员"):
        act(session, by(None), other.public_id)


@pytest.mark.parametrize(
    "act",
    [
        lambda s, c, one: managing.set_roles(s, c, public_id=one, roles=["admin", "supervisor"]),
        lambda s, c, one: managing.disable_staff(s, c, public_id=one),
        lambda s, c, one: managing.enable_staff(s, c, public_id=one),
        lambda s, c, one: managing.reset_password(s, c, public_id=one),
        lambda s, c, one: managing.reset_second_factor(s, c, public_id=one),
    ],
)
def test_an_administrator_changes_nothing_of_himself_nor_of_his_second_account(session, boss, act):
    make_staff(session, "admin", username="other")
    second = make_staff(session, "agent", username="boss2", person_id=boss.person_id)
    before = actions(session)
    for public_id in (boss.public_id, second.public_id):
        with pytest.raises(StaffRefused, match="另一位管理员"):
            act(session, by(boss), public_id)
    assert actions(session) == before


def test_a_new_password_replaces_the_old_and_signs_out(session, vault, boss, mei):
    public_id, secret = mei
    sign_in(session, vault, secret)
    password = managing.reset_password(session, by(boss), public_id=public_id)
    staff = session.scalars(select(Staff).where(Staff.public_id == public_id)).one()
    assert len(password) == 16
    assert is_password(staff.password_hash, password)
    assert not is_password(staff.password_hash, PASSWORD)
    assert session.scalars(select(SessionRow.ended_at)).all() == [LATER]
    assert password not in repr(session.scalars(select(AuditEntry.after)).all())
    assert actions(session)[-1] == "staff.password_reset"


def test_a_reset_authenticator_is_set_up_anew(session, vault, boss, mei):
    public_id, secret = mei
    sign_in(session, vault, secret)
    managing.reset_second_factor(session, by(boss), public_id=public_id)
    staff = session.scalars(select(Staff).where(Staff.public_id == public_id)).one()
    assert totp.secret_of(vault, staff) is None
    assert totp.recovery_codes_left(session, staff_id=staff.id) == 0
    assert session.scalars(select(SessionRow.ended_at)).all() == [LATER]
    assert actions(session)[-1] == "staff.second_factor_reset"


def test_sessions_end_everywhere_and_once(session, vault, boss, mei):
    public_id, secret = mei
    for _ in range(2):
        sign_in(session, vault, secret)
    assert managing.end_sessions(session, by(boss), public_id=public_id) == 2
    assert managing.end_sessions(session, by(boss), public_id=public_id) == 0
    assert actions(session).count("staff.sessions_ended") == 1


def test_nobody_is_nobody(session, boss):
    for act in (managing.disable_staff, managing.reset_password, managing.end_sessions):
        with pytest.raises(NotFound):
            act(session, by(boss), public_id="x" * 20)
    with pytest.raises(NotFound):
        managing.public_id_of(session, username="nobody")
