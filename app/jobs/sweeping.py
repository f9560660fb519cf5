"""Deletes files that a kill between writing and commit left behind."""

from sqlalchemy.orm import Session, sessionmaker

from app.domain.calendar import BEIJING
from app.jobs.report import Report
from app.services.core.context import Context
from app.services.evidence.sweeping import sweep_pages
from app.services.finance.export_sweeping import sweep_files
from app.services.signed_files.sweeping import sweep_signed

# Agreements are many and kept for good: their folders are gone through when few are up.
AT_NIGHT = 3


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Look at every folder of papers and of exports, and once a night of agreements, `limit` at a
    time.
    """
    with sessions() as session:
        done = sweep_pages(session, context, limit=limit)
        done += sweep_files(session, context, limit=limit)
        if context.now.astimezone(BEIJING).hour == AT_NIGHT:
            done += sweep_signed(session, context, limit=limit)
        return Report("sweeping", done=done)
