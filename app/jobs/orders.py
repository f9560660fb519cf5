"""Asks channels of orders of which nothing is heard, and sends back what is to go back."""

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.services.core.context import Context
from app.services.paying import asking, refunding


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Ask of up to `limit` orders whose time has come, and hand over as many refunds."""
    with sessions() as session:
        done = asking.ask_silent(session, context, limit=limit)
        done += refunding.send_refunds(session, context.by(asking.ACTOR), limit=limit)
        return Report("orders", done=done)
