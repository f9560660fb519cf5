"""Makes the files that tell the lender's core system of each day that is over."""

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.services.core.context import Context
from app.services.lender_files import making


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Make what is missing, and delete the files of up to `limit` days that are past theirs."""
    done = making.make_missing(sessions, context)
    with sessions() as session:
        done += making.delete_lapsed(session, context, limit=limit)
    return Report("lender-files", done=done)
