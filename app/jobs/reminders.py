"""Reminds of instalments that fall due soon or today."""

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.services.core.context import Context
from app.services.servicing import reminders

# Each minute: all that falls due on one day stands long before the morning, and on SQLite a turn
# keeps the tasks after it waiting for seconds at most.
A_TURN = 50


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Write up to fifty times `limit` reminders; the outbox hands them over, not in quiet
    hours.
    """
    with sessions() as session:
        done = reminders.remind(session, context, limit=A_TURN * limit)
        return Report("reminders", done=done)
