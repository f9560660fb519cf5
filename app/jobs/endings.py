"""Announces the end of help: a first higher instalment, a deferral, a breathing space."""

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.services.core.context import Context
from app.services.servicing import announcing


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Write up to `limit` of each kind; the outbox hands them over, not in quiet hours."""
    with sessions() as session:
        done = announcing.announce_plans(session, context, limit=limit)
        done += announcing.announce_breathing(session, context, limit=limit)
        return Report("endings", done=done)
