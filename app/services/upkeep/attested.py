"""Rows the audit trail attests, held against what is stored: changed, deleted, or from nowhere."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from app.models import AuditEntry, Base, PolicyVersion
from app.services.core import audit
from app.services.core.audit import ATTESTED, attested_key, digest
from app.services.core.context import Actor, Context
from app.services.core.transaction import transaction

BATCH = 500
OPENED = "rows.opened"
ACTOR = Actor("job:housekeeping")
RELEASED = Path(__file__).resolve().parents[3] / "migrations" / "data"


def attest_what_was_there(session: Session, context: Context) -> int:
    """Once in the life of a database: put the hashes of rows from before entries attested them on
    record; return how many. From then on a row without an entry comes from nowhere.

    Idempotent on: the entry it leaves.
    Source: I9.
    """
    with transaction(session):
        opened = select(AuditEntry.seq).where(AuditEntry.action == OPENED)
        # It is among the first entries: by its number it is found without reading the rest.
        if session.scalar(opened.order_by(AuditEntry.seq).limit(1)) is not None:
            return 0
        told = _told(session)
        rows = {
            key: value
            for kind in ATTESTED
            for key, value in _stored(session, kind)
            if key not in told
        }
        keys = sorted(rows)
        for start in range(0, max(len(keys), 1), BATCH):
            audit.record(
                session,
                context.by(ACTOR),
                action=OPENED,
                object_kind="tables",
                object_id="-",
                rows={key: rows[key] for key in keys[start : start + BATCH]},
            )
    return len(rows)


def unattested_rows(session: Session) -> Iterator[str]:
    """Yield each row that is not as its last entry attests, is gone, or that no entry tells of.

    Source: I9.
    """
    told = _told(session)
    is_opened = session.scalar(
        select(func.count()).where(AuditEntry.action == OPENED).select_from(AuditEntry)
    )
    seen: set[str] = set()
    for kind in ATTESTED:
        for key, value in _stored(session, kind):
            seen.add(key)
            if key not in told:
                if is_opened or kind is PolicyVersion:
                    yield f"{key}: comes from nowhere"
            elif told[key] != value:
                yield f"{key}: not as it was told"
    yield from (f"{key}: told, and gone" for key in sorted(told.keys() - seen))


def _told(session: Session) -> dict[str, str]:
    """The last hash of each row."""
    query = select(AuditEntry.rows).where(AuditEntry.rows.is_not(None)).order_by(AuditEntry.seq)
    told: dict[str, str] = {}
    for rows in session.scalars(query.execution_options(yield_per=BATCH)):
        told |= rows or {}
    return told


def _stored(session: Session, kind: type[Base]) -> Iterator[tuple[str, str]]:
    query = select(kind).order_by(*inspect(kind).primary_key).execution_options(yield_per=BATCH)
    with session.scalars(query) as rows:
        for row in rows:
            if not _is_released(row):
                yield attested_key(row), digest(row)
            session.expunge(row)


def _is_released(row: Base) -> bool:
    """What a release brings in a migration is told by the release itself."""
    return isinstance(row, PolicyVersion) and any(
        (one["version"], one) == (row.version, row.values) for one in released_policies()
    )


@cache
def released_policies() -> tuple[dict[str, object], ...]:
    """The values of every version of the policy that came with a release."""
    told = [json.loads(file.read_text(encoding="utf-8")) for file in RELEASED.glob("*policy*.json")]
    values: dict[str, object] = {}
    versions = []
    # A later version names only what it changes.
    for one in sorted(told, key=lambda one: one["version"]):
        values = values | one
        versions.append(values)
    return tuple(versions)
