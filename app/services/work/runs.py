"""When a task of the background work last ran, on record on whichever host it ran."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import JobRun
from app.services.core.context import Context
from app.services.core.transaction import transaction

# A task that finds nothing to do every few seconds writes no more often than this.
NOTED_EVERY = timedelta(minutes=1)


def note_run(
    session: Session,
    context: Context,
    *,
    name: str,
    done: int = 0,
    left: int = 0,
    fault: str | None = None,
) -> bool:
    """Note that a task ended now, and how; tell whether it was written: a run like the one before
    is not, within a minute of it. Since when it is broken stays until it ends well.

    Units: done and left are pieces of work. Idempotent on: name.
    """
    found = session.scalars(select(JobRun).where(JobRun.name == name)).one_or_none()
    is_news = found is None or fault != found.fault or done or left
    if found is not None and not is_news and context.now < found.ended_at + NOTED_EVERY:
        # Later than now it was noted by a clock that was ahead: that one is put right.
        if found.ended_at <= context.now:
            return False

    broken_since = (found.broken_since_at if found else None) or context.now
    values = {
        "ended_at": context.now,
        "done": done,
        "left": left,
        "fault": fault,
        "broken_since_at": broken_since if fault else None,
    }
    with transaction(session):
        # Both databases know this form; two hosts may end the first run at once.
        noted = insert(JobRun).values(name=name, **values)
        session.execute(noted.on_conflict_do_update(index_elements=["name"], set_=values))

    return True
