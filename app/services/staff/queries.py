"""Accounts of staff as administrators see them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.models import RecoveryCode, SessionRow, Staff, StaffRole
from app.services.core.context import Context
from app.services.signin.lifetimes import STAFF_IDLE


@dataclass(frozen=True)
class StaffRow:
    """One account: who, which roles, whether its doors are set up and open."""

    public_id: str
    username: str
    display_name: str
    person_id: str
    roles: tuple[str, ...]
    is_enrolled: bool
    recovery_codes_left: int
    open_sessions: int
    last_seen_at: datetime | None
    disabled_at: datetime | None


def staff_list(session: Session, context: Context) -> tuple[StaffRow, ...]:
    """Return every account, those that are open first."""
    rows = session.execute(_accounts(context)).all()
    held = _roles(session, context)
    found = [_row(one, held) for one in rows]
    return tuple(sorted(found, key=lambda one: (one.disabled_at is not None, one.username)))


def staff_member(session: Session, context: Context, *, public_id: str) -> StaffRow:
    """Return one account. Raises: NotFound."""
    one = session.execute(_accounts(context).where(Staff.public_id == public_id)).first()
    if one is None:
        raise NotFound
    return _row(one, _roles(session, context))


def _accounts(context: Context):  # type: ignore[no-untyped-def]
    is_open = (
        SessionRow.ended_at.is_(None),
        SessionRow.expires_at > context.now,
        SessionRow.last_seen_at > context.now - STAFF_IDLE,
    )
    sessions = select(func.count()).where(SessionRow.staff_id == Staff.id, *is_open)
    seen = select(func.max(SessionRow.last_seen_at)).where(SessionRow.staff_id == Staff.id)
    codes = select(func.count()).where(
        RecoveryCode.staff_id == Staff.id, RecoveryCode.used_at.is_(None)
    )
    return select(
        Staff,
        sessions.scalar_subquery().label("open_sessions"),
        seen.scalar_subquery().label("last_seen_at"),
        codes.scalar_subquery().label("codes_left"),
    )


def _roles(session: Session, context: Context) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    held = select(StaffRole.staff_id, StaffRole.role).where(
        StaffRole.from_at <= context.now,
        or_(StaffRole.until_at.is_(None), StaffRole.until_at > context.now),
    )
    for staff_id, role in session.execute(held.order_by(StaffRole.role)):
        found.setdefault(staff_id, []).append(role)
    return found


def _row(one: Row, held: dict[int, list[str]]) -> StaffRow:  # type: ignore[type-arg]
    staff: Staff = one[0]
    return StaffRow(
        public_id=staff.public_id,
        username=staff.username,
        display_name=staff.display_name,
        person_id=staff.person_id,
        roles=tuple(dict.fromkeys(held.get(staff.id, ()))),
        is_enrolled=staff.totp_secret_enc is not None,
        recovery_codes_left=one.codes_left,
        open_sessions=one.open_sessions,
        last_seen_at=one.last_seen_at,
        disabled_at=staff.disabled_at,
    )
