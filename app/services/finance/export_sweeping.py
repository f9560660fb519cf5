"""Files that no export names: what a kill, or a place that was down, left behind."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Export, LenderFileSet
from app.services.core import audit
from app.services.core.context import Context
from app.services.sweeping.folders import sweep

KEPT = ("running", "done")


def sweep_files(session: Session, context: Context, *, limit: int) -> int:
    """Delete the folders that no export under way or kept and no files of a day name, looking at
    `limit` at a time; return how many there were.

    Idempotent on: the folders. Raises: GatewayDown.
    Source: rule book 9; ADR 0025.
    """
    return sweep(
        session,
        context,
        storage=context.gateways.storage,
        nameless=lambda names: _nameless(session, names),
        entry=lambda done: audit.Entry("export.swept", "export", "-", after={"folders": done}),
        limit=limit,
    )


def _nameless(session: Session, names: Sequence[str]) -> list[str]:
    ids = {name.rpartition(".")[0] for name in names}
    kept = select(Export.public_id, Export.attempts).where(
        Export.public_id.in_(ids), Export.state.in_(KEPT)
    )
    # Only the last attempt counts: its number fences the others off.
    named = {f"{public_id}.{attempt}" for public_id, attempt in session.execute(kept)}
    # The files that the core system was told by lie beside them.
    folders = select(LenderFileSet.folder).where(
        LenderFileSet.folder.in_([f"{one}/" for one in names]), LenderFileSet.lapsed_at.is_(None)
    )
    named |= {one.rstrip("/") for one in session.scalars(folders)}
    return [one for one in names if one not in named]
