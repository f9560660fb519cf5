"""Pages that no paper names: what a kill between writing and commit left behind."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Evidence
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.transaction import transaction

ACTOR = Actor("job:sweeping")
# Longer than any request: younger pages may belong to one that is not committed yet.
UNDER_WAY = timedelta(hours=1)


def sweep_pages(session: Session, context: Context, *, limit: int) -> int:
    """Delete the pages that no kept paper names, looking at `limit` folders at a time; return how
    many papers' worth there were.

    Idempotent on: the folders.
    Source: I-04; ADR 0050.
    """
    papers, done = context.gateways.papers, 0
    names = papers.folders(before=context.now - UNDER_WAY)
    while some := tuple(islice(names, limit)):
        nameless = _nameless(session, some)
        for name in nameless:
            papers.delete(name)
        done += len(nameless)
    if done:
        with transaction(session):
            audit.record(
                session,
                context.by(ACTOR),
                action="evidence.swept",
                object_kind="evidence",
                object_id="-",
                after={"papers": done},
            )
    return done


def _nameless(session: Session, names: Sequence[str]) -> list[str]:
    kept = select(Evidence.public_id).where(
        Evidence.public_id.in_(names), Evidence.deleted_at.is_(None)
    )
    named = set(session.scalars(kept))
    return [one for one in names if one not in named]
