"""Deletes files that a kill between writing and commit left behind."""

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.services.core.context import Context
from app.services.evidence.sweeping import sweep_pages
from app.services.finance.export_sweeping import sweep_files


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Look at every folder of papers and of exports, `limit` at a time."""
    with sessions() as session:
        done = sweep_pages(session, context, limit=limit)
        done += sweep_files(session, context, limit=limit)
        return Report("sweeping", done=done)
