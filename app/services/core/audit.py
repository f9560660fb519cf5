"""The audit trail: every change leaves one chained entry in its own transaction, what was refused
to nobody in particular is counted. Never commits.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import (
    Agreement,
    AuditEntry,
    AuditHead,
    Base,
    Certificate,
    Decision,
    Export,
    Hold,
    PolicyVersion,
    RefusedTry,
    StaffRole,
    Voucher,
)
from app.services.core.context import Context

# What the first entry names as its predecessor.
GENESIS = "0" * 64
WRITTEN = "written_rows"
# The columns that tell what was decided, promised or given. How far an export is and which policy
# is in force change without a word of theirs being changed.
ATTESTED: Mapping[type[Base], tuple[str, ...]] = MappingProxyType(
    {
        Agreement: (
            "version_id",
            "number",
            "check_code",
            "terms_sha256",
            "text_sha256",
            "pdf_sha256",
            "signed_at",
        ),
        Certificate: (
            "public_id",
            "kind",
            "plan_id",
            "check_code",
            "text_sha256",
            "issued_at",
            "withdrawn_at",
        ),
        Decision: (
            "version_id",
            "round",
            "answer",
            "reason_code",
            "words",
            "staff_id",
            "person_id",
            "author_person",
            "at",
        ),
        Export: ("public_id", "staff_id", "purpose", "filter", "at", "actor", "format"),
        Hold: ("borrower_id", "loan_id", "cause", "from_at", "until_at", "ended_by"),
        PolicyVersion: (
            "version",
            "values",
            "made_by",
            "made_at",
            "activated_by",
            "activated_at",
            "from_on",
        ),
        StaffRole: ("staff_id", "role", "from_at", "until_at"),
        Voucher: (
            "public_id",
            "kind",
            "plan_id",
            "match_id",
            "hold_id",
            "check_code",
            "text_sha256",
            "facts_sha256",
            "issued_at",
        ),
    }
)


@dataclass(frozen=True)
class Entry:
    """One thing that was done to one object: codes, ids, fen and dates, never personal data."""

    action: str
    object_kind: str
    object_id: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    reason: str = ""


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
    rows: dict[str, str] | None = None,
) -> None:
    """Append one entry to the chain; call it last in a use case, for it locks the chain's head row.

    Values are codes, ids, fen and dates, never personal data. The entry also holds the hash of
    every row written with it that the trail attests (ADR 0044).
    """
    entry = Entry(action, object_kind, object_id, before, after, reason)
    _append(session, context, [entry], rows or take_written(session))


def record_all(session: Session, context: Context, *, entries: Sequence[Entry]) -> None:
    """Append many entries of one transaction, in their order, under one lock of the chain's head;
    call it last. What the trail attests of the rows written with them stands in the first.
    """
    if entries:
        _append(session, context, entries, take_written(session))


def _append(
    session: Session,
    context: Context,
    entries: Sequence[Entry],
    written: dict[str, str] | None,
) -> None:
    # The one lock that all writers share. Taken last, it is held for a moment only, and no order of
    # locks can ever turn against it (ADR 0030).
    head = session.scalars(select(AuditHead).where(AuditHead.id == 1).with_for_update()).one()
    for one in entries:
        entry = AuditEntry(
            rows=written,
            seq=head.seq + 1,
            at=context.now,
            actor=context.actor.who,
            from_where=context.actor.from_where,
            action=one.action,
            object_kind=one.object_kind,
            object_id=one.object_id,
            before=one.before,
            after=one.after,
            reason=one.reason,
            prev_hash=head.row_hash,
        )
        # Each hash covers the one before: to change an old entry every later one has to be written
        # anew, and an older backup shows that (ADR 0036).
        entry.row_hash = row_hash(entry)
        session.add(entry)
        head.seq, head.row_hash, written = entry.seq, entry.row_hash, None
    session.flush()


def count_refused(session: Session, context: Context, *, what: str, times: int = 1) -> None:
    """Count tries that nobody signed in made and that changed nothing: by the hour, one row a kind.

    The chain keeps what people did. Anyone could make it grow for ever with what they failed to do;
    housekeeping writes one entry for the hour.
    Source: V16.3.1.
    """
    hour_at = context.now.replace(minute=0, second=0, microsecond=0)
    # One statement, so that many at once all count; both databases know its words.
    counted = insert(RefusedTry).values(what=what, hour_at=hour_at, count=times)
    session.execute(
        counted.on_conflict_do_update(
            index_elements=["what", "hour_at"], set_={"count": RefusedTry.count + times}
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
    # Entries from before rows were attested keep the hash they have.
    if entry.rows is not None:
        fields.append(entry.rows)
    # Sorted, because JSON columns keep no order of keys; the hash is taken again from what is
    # stored.
    return hashlib.sha256(
        json.dumps(fields, ensure_ascii=False, sort_keys=True).encode()
    ).hexdigest()


def digest(row: Base) -> str:
    """SHA-256 (64 hex digits) over what a row says, the same on every database."""
    said = {name: _plain(getattr(row, name)) for name in ATTESTED[type(row)]}
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def attested_key(row: Base) -> str:
    """How an entry names a row: its table and its number there."""
    key = ",".join(str(one) for one in inspect(row).identity or ())
    return f"{row.__tablename__}:{key}"


def take_written(session: Session) -> dict[str, str] | None:
    """Return key and hash of each such row written since the last entry, none where there was
    none; flushed, and from now on told.
    """
    session.flush()
    rows = session.info.pop(WRITTEN, {})
    # What was rolled back is in no table.
    kept = [row for row in rows if inspect(row).persistent]
    return {attested_key(row): digest(row) for row in kept} or None


@event.listens_for(Session, "after_flush")
def _collect(session: Session, _context: object) -> None:
    for row in (*session.new, *session.dirty):
        if type(row) in ATTESTED:
            # An ordered set: objects are told apart, never compared.
            session.info.setdefault(WRITTEN, {})[row] = None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value
