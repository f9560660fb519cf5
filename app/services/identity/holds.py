"""Until when nothing grave happens after a changed mobile: no signature, refund or further change.
Only reads.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.mobile_change import settles_at
from app.models import MobileChange
from app.services.core.context import Context

HOLDING = ("confirmed", "in_file", "objected")


@dataclass(frozen=True)
class MobileHold:
    """Nothing grave until an instant; None after an objection, until a person has decided."""

    until_at: datetime | None


def mobile_hold(session: Session, context: Context, *, id_hmac: str) -> MobileHold | None:
    """Return what holds grave acts of a person now, if anything: read under the lock of who acts.

    Source: I-19.
    """
    # Columns and not the row: what this session has read before must not answer for what is stored.
    query = (
        select(MobileChange.state, MobileChange.confirmed_at)
        .where(MobileChange.id_hmac == id_hmac, MobileChange.state.in_(HOLDING))
        .order_by(MobileChange.id.desc())
    )
    found = session.execute(query).all()
    if any(state == "objected" for state, _at in found):
        return MobileHold(None)
    ends = [settles_at(state, at, context.now) for state, at in found]
    latest = max((one for one in ends if one is not None), default=None)
    return MobileHold(latest) if latest is not None else None
