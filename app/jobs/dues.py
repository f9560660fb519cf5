"""Keeps what falls due by day, some plans with one commit."""

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.services.core.context import Context
from app.services.dues.keeping import keep_dues

# Some three milliseconds a plan.
STEP = 100
TIMES_LIMIT = 100


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Read up to a hundred times `limit` plans anew; the next turn goes on with the pass."""
    done, most = 0, limit * TIMES_LIMIT
    with sessions() as session:
        while done < most:
            found = keep_dues(session, context, limit=min(STEP, most - done))
            done += found.plans
            if found.is_over:
                break
    return Report("dues", done=done)
