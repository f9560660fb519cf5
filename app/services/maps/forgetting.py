"""Samples of maps that nobody went on with are not kept."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import ColumnMapVersion
from app.services.core.context import Actor, Context
from app.services.core.transaction import transaction
from app.services.maps.samples import OPEN
from app.services.maps.steps import record_map

KEPT = timedelta(days=30)
ACTOR = Actor("job:housekeeping")


def forget_samples(session: Session, context: Context, *, limit: int) -> int:
    """Drop up to `limit` versions that have waited for a month with rows of people in them, and
    return how many.

    Idempotent on: the version.
    Source: I-01.
    """
    with transaction(session):
        waits = select(ColumnMapVersion).where(
            ColumnMapVersion.state.in_(OPEN), ColumnMapVersion.made_at < context.now - KEPT
        )
        found = session.scalars(waits.order_by(ColumnMapVersion.id).limit(limit).with_for_update())
        dropped = 0
        for version in found.all():
            version.state, version.sample_enc = "dropped", None
            record_map(session, context.by(ACTOR), version=version, action="column_map.dropped")
            dropped += 1
        return dropped
