"""The audit trail: every change leaves one chained entry in its own transaction, what was refused
to nobody in particular is counted. Never commits.
"""

import hashlib
import json
from datetime import UTC
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import AuditEntry, AuditHead, RefusedTry
from app.services.core.context import Context

# What the first entry names as its predecessor.
GENESIS = "0" * 64


def record(
    session: Session,
    context: Context,
    *,
    action: str,
    object_kind: str,
    object_id: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Append one entry to the chain; call it last in a use case, for it locks the chain's head row.

    Values are codes, ids, fen and dates, never personal data.
    """
    # The one lock that all writers share. Taken last, it is held for a moment only, and no order of
    # locks can ever turn against it (ADR 0030).
    head = session.scalars(select(AuditHead).where(AuditHead.id == 1).with_for_update()).one()
    entry = AuditEntry(
        seq=head.seq + 1,
        at=context.now,
        actor=context.actor.who,
        from_where=context.actor.from_where,
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        before=before,
        after=after,
        reason=reason,
        prev_hash=head.row_hash,
    )
    # Each hash covers the one before: to change an old entry every later one has to be written
    # anew, and an older backup shows that (ADR 0036).
    entry.row_hash = row_hash(entry)
    session.add(entry)
    head.seq, head.row_hash = entry.seq, entry.row_hash
    session.flush()


def count_refused(session: Session, context: Context, *, what: str) -> None:
    """Count a try that nobody signed in made and that changed nothing: by the hour, one row a kind.

    The chain keeps what people did. Anyone could make it grow for ever with what they failed to do;
    housekeeping writes one entry for the hour.
    Source: V16.3.1.
    """
    hour_at = context.now.replace(minute=0, second=0, microsecond=0)
    # One statement, so that many at once all count; both databases know its words.
    counted = insert(RefusedTry).values(what=what, hour_at=hour_at, count=1)
    session.execute(
        counted.on_conflict_do_update(
            index_elements=["what", "hour_at"], set_={"count": RefusedTry.count + 1}
        )
    )


def row_hash(entry: AuditEntry) -> str:
    """SHA-256 over every field of an entry and the hash before it."""
    fields = [
        entry.seq,
        # As UTC text: databases give instants back in different zones.
        entry.at.astimezone(UTC).isoformat(),
        entry.actor,
        entry.from_where,
        entry.action,
        entry.object_kind,
        entry.object_id,
        entry.before,
        entry.after,
        entry.reason,
        entry.prev_hash,
    ]
    # Sorted, because JSON columns keep no order of keys; the hash is taken again from what is
    # stored.
    return hashlib.sha256(
        json.dumps(fields, ensure_ascii=False, sort_keys=True).encode()
    ).hexdigest()
