"""Asks channels of orders of which nothing is heard, sends back what is to go back, and reads the
statements of days that are over.
"""

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.services.channel_days import reconciling
from app.services.core.context import Context
from app.services.paying import asking, refunding

# The job comes every minute; a statement that is not out yet is not asked for as often.
STATEMENTS_EVERY_MINUTES = 30


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Ask of up to `limit` orders whose time has come, and hand over as many refunds."""
    with sessions() as session:
        done = asking.ask_silent(session, context, limit=limit)
        done += refunding.send_refunds(session, context.by(asking.ACTOR), limit=limit)
        if context.now.minute % STATEMENTS_EVERY_MINUTES == 0:
            reconciling.reconcile_due(session, context)
        return Report("orders", done=done)
