"""Brings the books of signed plans up to the day, some plans with one commit."""

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.services.core.context import Context
from app.services.ledger.catching_up import catch_up

# Some three milliseconds a plan.
STEP = 100
TIMES_LIMIT = 100


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Look at up to a hundred times `limit` plans; the next turn goes on with what is behind."""
    done = after = 0
    most = limit * TIMES_LIMIT
    with sessions() as session:
        while done < most:
            step = min(STEP, most - done)
            found = catch_up(session, context, after=after, limit=step)
            done, after = done + found.plans, found.last_id
            if found.plans < step:
                break
    return Report("ledger", done=done)
