"""Deletes pages of papers that a kill between writing and commit left behind."""

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.services.core.context import Context
from app.services.evidence.sweeping import sweep_pages


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Look at every folder of papers, `limit` at a time."""
    with sessions() as session:
        return Report("sweeping", done=sweep_pages(session, context, limit=limit))
