"""Holds the ledger against each nightly file, some plans with one commit."""

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.services.core.context import Context
from app.services.differences.comparing import compare_with_file

# Some ten milliseconds a plan.
STEP = 100
TIMES_LIMIT = 100


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Hold up to a hundred times `limit` plans against the newest file; the next turn goes on."""
    done, most = 0, limit * TIMES_LIMIT
    with sessions() as session:
        while done < most:
            found = compare_with_file(session, context, limit=min(STEP, most - done))
            done += found.plans
            if found.is_over:
                break
    return Report("differences", done=done)
