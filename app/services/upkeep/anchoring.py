"""The trail is anchored: once a day its head is noted outside the database."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import AuditEntry, AuditHead
from app.ports.anchors import Anchors
from app.services.core.context import Context


def anchor_trail(session: Session, context: Context) -> bool:
    """Note day, number and hash of the last entry; return whether a line was written.

    Idempotent on: the day. Two hosts at once may write the same line twice.
    Raises: GatewayDown.
    Source: V16.4.2; who rebuilds the whole chain cannot rebuild what lies elsewhere.
    """
    day = context.today.isoformat()
    anchors = context.gateways.anchors
    head = session.scalars(select(AuditHead)).one()
    if not head.seq or any(line.startswith(day) for line in anchors.lines()):
        return False
    anchors.append(f"{day} {head.seq} {head.row_hash}")
    return True


def moved_anchors(session: Session, *, anchors: Anchors) -> Iterator[str]:
    """Yield every noted day whose entry is not, or no longer, as it was noted.

    Source: V16.4.2.
    """
    noted = [line.split() for line in anchors.lines()]
    for line in noted:
        if len(line) != 3 or not line[1].isdigit():
            yield f"anchor {' '.join(line)[:20]}: not a line of ours"
            continue
        day, seq, row_hash = line
        found = select(AuditEntry.row_hash).where(AuditEntry.seq == int(seq))
        if session.scalar(found) != row_hash:
            yield f"anchor of {day}: entry {seq} is not the one that stood there"
