"""Notices offers under which the figures of a loan changed, as after a nightly file."""

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.services.core.context import Context
from app.services.recalls import noticing


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Look at all offers that wait for a signature, `limit` at a time."""
    with sessions() as session:
        done = noticing.notice_changed_figures(session, context, limit=limit)
        return Report("figures", done=done)
