"""Pages that no paper names: what a kill between writing and commit left behind."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Evidence, TransferProof
from app.services.core import audit
from app.services.core.context import Context
from app.services.sweeping.folders import sweep


def sweep_pages(session: Session, context: Context, *, limit: int) -> int:
    """Delete the pages that no kept paper names, looking at `limit` folders at a time; return how
    many papers' worth there were.

    Idempotent on: the folders. Raises: GatewayDown.
    Source: I-04; ADR 0050.
    """
    return sweep(
        session,
        context,
        storage=context.gateways.papers,
        nameless=lambda names: _nameless(session, names),
        entry=lambda done: audit.Entry("evidence.swept", "evidence", "-", after={"papers": done}),
        limit=limit,
    )


def _nameless(session: Session, names: Sequence[str]) -> list[str]:
    kept = select(Evidence.public_id).where(
        Evidence.public_id.in_(names), Evidence.deleted_at.is_(None)
    )
    proofs = select(TransferProof.public_id).where(
        TransferProof.public_id.in_(names), TransferProof.deleted_at.is_(None)
    )
    named = {*session.scalars(kept), *session.scalars(proofs)}
    return [one for one in names if one not in named]
