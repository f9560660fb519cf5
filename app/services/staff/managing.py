"""Accounts of staff that change: disabled and opened again, roles, passwords, authenticators,
sessions.
"""

import secrets
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.domain.texts import N_
from app.models import SessionRow, Staff, StaffRole, StaffSignIn
from app.models.base import PUBLIC_ALPHABET
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.staff import totp
from app.services.staff.accounts import ROLES, StaffRefused
from app.services.staff.passwords import HASHER

ADMIN = "admin"
# About 79 bits, read out or handed over on paper.
GIVEN_PASSWORD_CHARS = 16


def disable_staff(session: Session, context: Context, *, public_id: str) -> bool:
    """Close an account at once: its sessions end with it. Return whether this call did.

    Raises: NotFound; StaffRefused for oneself and the last administrator. Idempotent on: the
    account.
    Source: V7.4.2.
    """
    with transaction(session):
        staff = _account(session, context, public_id)
        _refuse_oneself(context, staff)
        _keep_an_administrator(session, context, staff)
        if staff.disabled_at is not None:
            return False
        staff.disabled_at = context.now
        _end_sessions(session, context, staff)
        _record(session, context, "staff.disabled", staff)
    return True


def enable_staff(session: Session, context: Context, *, public_id: str) -> bool:
    """Open a disabled account again, with the roles it has; return whether this call did.

    Raises: NotFound, StaffRefused. Idempotent on: the account.
    """
    with transaction(session):
        staff = _account(session, context, public_id)
        _refuse_oneself(context, staff)
        if staff.disabled_at is None:
            return False
        staff.disabled_at = None
        _record(session, context, "staff.enabled", staff)
    return True


def set_roles(
    session: Session, context: Context, *, public_id: str, roles: Collection[str]
) -> tuple[str, ...]:
    """Give an account exactly these roles from now on and return them; what it held is kept with
    its times.

    Raises: NotFound; StaffRefused for an unknown role, the last administrator, and one's own
    account or another of the same person. Idempotent on: the roles.
    """
    wanted = set(roles)
    if not wanted <= set(ROLES):
        raise StaffRefused(N_("角色要从 agent、supervisor、finance、compliance、admin 中选"))
    with transaction(session):
        staff = _account(session, context, public_id)
        _refuse_oneself(context, staff)
        if ADMIN not in wanted:
            _keep_an_administrator(session, context, staff)
        held = {
            one.role: one
            for one in session.scalars(
                select(StaffRole).where(StaffRole.staff_id == staff.id, _is_held(context))
            )
        }
        for role in held.keys() - wanted:
            held[role].until_at = context.now
        session.add_all(
            StaffRole(staff_id=staff.id, role=role, from_at=context.now)
            for role in sorted(wanted - held.keys())
        )
        if wanted != held.keys():
            before, after = {"roles": sorted(held)}, {"roles": sorted(wanted)}
            _record(session, context, "staff.roles_changed", staff, before, after)
    return tuple(sorted(wanted))


def change_roles(
    session: Session,
    context: Context,
    *,
    public_id: str,
    given: Collection[str],
    taken: Collection[str],
) -> tuple[str, ...]:
    """Give and take single roles; otherwise as set_roles."""
    held = session.scalars(
        select(StaffRole.role)
        .join(Staff, Staff.id == StaffRole.staff_id)
        .where(Staff.public_id == public_id, _is_held(context))
    )
    wanted = (set(held) | set(given)) - set(taken)
    return set_roles(session, context, public_id=public_id, roles=wanted)


def reset_password(session: Session, context: Context, *, public_id: str) -> str:
    """Give an account a new password and return it, to be handed over once; its sessions end.

    Raises: NotFound, StaffRefused for oneself.
    """
    password = "".join(secrets.choice(PUBLIC_ALPHABET) for _ in range(GIVEN_PASSWORD_CHARS))
    # Before the transaction: it takes long on purpose.
    hashed = HASHER.hash(password)
    with transaction(session):
        staff = _account(session, context, public_id)
        _refuse_oneself(context, staff)
        staff.password_hash = hashed
        _end_sessions(session, context, staff)
        _record(session, context, "staff.password_reset", staff)
    return password


def reset_second_factor(session: Session, context: Context, *, public_id: str) -> None:
    """Take an account's authenticator and recovery codes: it enrols at its next sign-in. Its
    sessions end.

    Raises: NotFound, StaffRefused for oneself.
    """
    with transaction(session):
        staff = _account(session, context, public_id)
        _refuse_oneself(context, staff)
        totp.forget_second_factor(session, staff=staff)
        _end_sessions(session, context, staff)
        _record(session, context, "staff.second_factor_reset", staff)


def end_sessions(session: Session, context: Context, *, public_id: str) -> int:
    """Sign an account out everywhere at once; return how many sessions ended.

    Raises: NotFound. Idempotent on: the sessions.
    """
    with transaction(session):
        staff = _account(session, context, public_id)
        ended = _end_sessions(session, context, staff)
        if ended:
            _record(session, context, "staff.sessions_ended", staff, None, {"sessions": ended})
    return ended


def public_id_of(session: Session, *, username: str) -> str:
    """Return the public id of a user name. Raises: NotFound."""
    found = session.scalar(select(Staff.public_id).where(Staff.username == username))
    if found is None:
        raise NotFound
    return found


def _account(session: Session, context: Context, public_id: str) -> Staff:
    """The account, locked after every administrator's, in one order: of two changes at once the
    second sees what the first did.
    """
    is_admin = exists().where(
        StaffRole.staff_id == Staff.id, StaffRole.role == ADMIN, _is_held(context)
    )
    session.scalars(
        select(Staff.id)
        .where(or_(Staff.public_id == public_id, is_admin))
        .order_by(Staff.id)
        .with_for_update()
    ).all()
    staff = session.scalar(
        select(Staff).where(Staff.public_id == public_id).execution_options(populate_existing=True)
    )
    if staff is None:
        raise NotFound
    return staff


def _refuse_oneself(context: Context, staff: Staff) -> None:
    # By person and not by account: a second account must not lift the first (V2.3.5).
    if context.member is not None and context.member.person_id == staff.person_id:
        raise StaffRefused(N_("自己的账号要由另一位管理员来改"))


def _keep_an_administrator(session: Session, context: Context, staff: Staff) -> None:
    """Refuse where nobody else is an administrator. A statement of its own, after the lock: it
    sees what was committed meanwhile.
    """
    admins = session.scalars(
        select(Staff.id)
        .join(StaffRole, StaffRole.staff_id == Staff.id)
        .where(Staff.disabled_at.is_(None), StaffRole.role == ADMIN, _is_held(context))
    ).all()
    if set(admins) == {staff.id}:
        raise StaffRefused(N_("这是最后一位管理员，请先让另一位同事当管理员"))


def _is_held(context: Context) -> ColumnElement[bool]:
    return (StaffRole.from_at <= context.now) & or_(
        StaffRole.until_at.is_(None), StaffRole.until_at > context.now
    )


def _end_sessions(session: Session, context: Context, staff: Staff) -> int:
    session.execute(delete(StaffSignIn).where(StaffSignIn.staff_id == staff.id))
    ended = (
        update(SessionRow)
        .where(SessionRow.staff_id == staff.id, SessionRow.ended_at.is_(None))
        .values(ended_at=context.now, ended_why="by_administrator", kept={})
    )
    return len(session.execute(ended.returning(SessionRow.id)).all())


def _record(
    session: Session,
    context: Context,
    action: str,
    staff: Staff,
    *told: dict[str, Any] | None,
) -> None:
    before, after = told or (None, None)
    audit.record(
        session,
        context,
        action=action,
        object_kind="staff",
        object_id=staff.public_id,
        before=before,
        after=after,
    )
