"""Steps that every act on a version of a map shares: lock, check, put on record. Never commit."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.texts import N_
from app.models import ColumnMapVersion
from app.services.core import audit
from app.services.core.context import Context

OBJECT, BOOK = "column_map", "book"


class MapOver(RuleBroken):
    """A colleague was first, or the version never was in a state for this."""

    code = "map_over"
    message = N_("这一版列对照的状态已经变了，请看现在到哪一步")


class MapChanged(RuleBroken):
    """What is sent was made from an earlier edition."""

    code = "map_changed"
    message = N_("这一版列对照刚才在别处改过，请看过现在的样子再办")


def lock_map(session: Session, *, public_id: str) -> ColumnMapVersion:
    """Lock a version until the commit, and read it anew. Raises: NotFound."""
    query = select(ColumnMapVersion).where(ColumnMapVersion.public_id == public_id)
    found = session.scalars(
        query.with_for_update(), execution_options={"populate_existing": True}
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def check_edition(version: ColumnMapVersion, edition: int) -> None:
    """Pass where the version is still the one that was read. Raises: MapChanged."""
    if version.edition != edition:
        raise MapChanged


def record_map(
    session: Session, context: Context, *, version: ColumnMapVersion, action: str, **after: Any
) -> None:
    """Put an act on a version on record.

    Source: I9.
    """
    audit.record(
        session,
        context,
        action=action,
        object_kind=OBJECT,
        object_id=version.public_id,
        after={
            "name": version.name,
            "number": version.number,
            "state": version.state,
            "edition": version.edition,
            **after,
        },
    )
