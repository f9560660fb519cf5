"""What was refused to nobody in particular goes on record by the hour."""

from datetime import timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from app.domain.spans import LEEWAY
from app.models import RefusedTry
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.transaction import transaction

HOUR = timedelta(hours=1)
ACTOR = Actor("job:housekeeping")


def sum_up_refusals(session: Session, context: Context) -> int:
    """Write one entry for each hour that is over, with how often what was refused in it; return how
    many hours.

    Idempotent on: the hour, whose counts go in the same transaction.
    Source: V16.3.1.
    """
    # An hour is over a little later than by our clock: another host may still count in it. Hours
    # that a wrong clock counted are over at once.
    over = or_(
        RefusedTry.hour_at <= context.now - HOUR - LEEWAY,
        RefusedTry.hour_at > context.now + LEEWAY,
    )
    if session.scalar(select(RefusedTry.what).where(over).limit(1)) is None:
        return 0  # nothing to do takes no write lock

    with transaction(session):
        # Locked, so that of two hosts one sums up and the other finds nothing.
        rows = session.execute(
            delete(RefusedTry)
            .where(over)
            .returning(RefusedTry.hour_at, RefusedTry.what, RefusedTry.count)
        ).all()
        hours = sorted({row.hour_at for row in rows})
        for hour_at in hours:
            audit.record(
                session,
                context.by(ACTOR),
                action="refusals.counted",
                object_kind="hour",
                object_id=hour_at.isoformat(timespec="minutes"),
                after={row.what: row.count for row in sorted(rows) if row.hour_at == hour_at},
            )

    return len(hours)
