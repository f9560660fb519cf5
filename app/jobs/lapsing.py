"""Ends what ends by itself: drafts, offers, holds, waiting for papers and papers themselves; tells
before an offer lapses, and that a paper is waited for.
"""

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.services.core.context import Context
from app.services.evidence import asking, removing
from app.services.plans import lapsing


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Do up to `limit` of each kind."""
    with sessions() as session:
        # Offers first: what has expired just now needs no warning any more, and takes its hold
        # along.
        done = lapsing.expire_offers(session, context, limit=limit)
        done += lapsing.tell_lapsing_offers(session, context, limit=limit)
        done += lapsing.end_holds(session, context, limit=limit)
        done += asking.stop_waiting_in_time(session, context, limit=limit)
        done += asking.remind_of_documents(session, context, limit=limit)
        done += removing.remove_old_papers(session, context, limit=limit)
        done += removing.remove_old_proofs(session, context, limit=limit)
        return Report("lapsing", done=done + lapsing.lapse_drafts(session, context, limit=limit))
