"""The version of the policy whose day has come is put in force."""

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.services.core.context import Context
from app.services.policies import activating


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Move the mark, at most once a turn."""
    with sessions() as session:
        return Report("policies", done=activating.put_in_force(session, context))
