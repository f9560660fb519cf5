"""Ends what ends by itself: drafts, offers and holds; tells a day before an offer lapses."""

from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.ports.gateways import Gateways
from app.ports.site import Site
from app.services.plans import lapsing


def run(
    sessions: sessionmaker[Session], gateways: Gateways, site: Site, now: datetime, limit: int
) -> Report:
    """Do up to `limit` of each kind."""
    with sessions() as session:
        done = lapsing.expire_offers(session, now=now, limit=limit)
        done += lapsing.tell_lapsing_offers(
            session, vault=gateways.vault, site=site, now=now, limit=limit
        )
        done += lapsing.end_holds(session, now=now, limit=limit)
        return Report("lapsing", done=done + lapsing.lapse_drafts(session, now=now, limit=limit))
