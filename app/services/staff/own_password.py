"""A member of staff gives their own account another password."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.models import SessionRow, Staff
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.staff.accounts import check_password_length
from app.services.staff.passwords import HASHER


def change_password(session: Session, context: Context, *, session_id: int, password: str) -> None:
    """Replace the password of who acts; their sessions elsewhere end, this one stays.

    Raises: StaffRefused where it is too short or too long.
    """
    check_password_length(password)
    # Before the transaction: it takes long on purpose.
    hashed = HASHER.hash(password)
    with transaction(session):
        staff = session.get_one(Staff, context.staff.staff_id, with_for_update=True)
        staff.password_hash = hashed
        others = (
            SessionRow.staff_id == staff.id,
            SessionRow.id != session_id,
            SessionRow.ended_at.is_(None),
        )
        ended = {"ended_at": context.now, "ended_why": "password_changed", "kept": {}}
        session.execute(update(SessionRow).where(*others).values(ended))
        audit.record(
            session,
            context,
            action="staff.password_changed",
            object_kind="staff",
            object_id=staff.public_id,
        )
