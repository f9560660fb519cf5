"""Browsers in which staff signed in before."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Staff, StaffDevice
from app.services.core.context import Context
from app.services.signin.sessions import token_hash


@dataclass(frozen=True)
class DeskVisit:
    """Where a sign-in comes from: the browser's device cookie (a new one is unknown), its
    address.
    """

    device: str
    requester: str


def knows_device(session: Session, *, username: str, device: str) -> bool:
    """Whether the account signed in with this browser before."""
    query = (
        select(StaffDevice.id)
        .join(Staff, Staff.id == StaffDevice.staff_id)
        .where(Staff.username == username, StaffDevice.token_hash == token_hash(device))
    )
    return session.scalar(query) is not None


def remember_device(session: Session, context: Context, *, staff_id: int, device: str) -> bool:
    """Note that an account signed in with this browser; return whether that is new while others are
    known. Never commits.
    """
    known = session.scalars(select(StaffDevice).where(StaffDevice.staff_id == staff_id)).all()
    hashed = token_hash(device)
    here = next((one for one in known if one.token_hash == hashed), None)
    if here is None:
        session.add(
            StaffDevice(
                token_hash=hashed,
                staff_id=staff_id,
                first_seen_at=context.now,
                last_seen_at=context.now,
            )
        )
    else:
        here.last_seen_at = context.now
    return here is None and bool(known)
