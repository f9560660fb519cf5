"""Files that no export names: what a kill, or a place that was down, left behind."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Export
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.transaction import transaction

ACTOR = Actor("job:sweeping")
# Nothing of an export is silent for so long while it is made.
UNDER_WAY = timedelta(hours=1)
KEPT = ("running", "done")


def sweep_files(session: Session, context: Context, *, limit: int) -> int:
    """Delete the folders that no export under way or kept names, looking at `limit` at a time;
    return how many there were.

    Idempotent on: the folders. Raises: GatewayDown.
    Source: rule book 9; ADR 0025.
    """
    storage, done = context.gateways.storage, 0
    names = storage.folders(before=context.now - UNDER_WAY)
    while some := tuple(islice(names, limit)):
        nameless = _nameless(session, some)
        for name in nameless:
            storage.delete(name)
        done += len(nameless)
    if done:
        with transaction(session):
            audit.record(
                session,
                context.by(ACTOR),
                action="export.swept",
                object_kind="export",
                object_id="-",
                after={"folders": done},
            )
    return done


def _nameless(session: Session, names: Sequence[str]) -> list[str]:
    ids = {name.rpartition(".")[0] for name in names}
    kept = select(Export.public_id, Export.attempts).where(
        Export.public_id.in_(ids), Export.state.in_(KEPT)
    )
    # Only the last attempt counts: its number fences the others off.
    named = {f"{public_id}.{attempt}" for public_id, attempt in session.execute(kept)}
    return [one for one in names if one not in named]
