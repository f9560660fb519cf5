"""Deletes what need not be kept: old codes, ended sessions, counted failures, sent messages."""

from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.ports.gateways import Gateways
from app.ports.site import Site
from app.services.upkeep import retention


def run(
    sessions: sessionmaker[Session], gateways: Gateways, site: Site, now: datetime, limit: int
) -> Report:
    """Wipe and delete what is past its time; `limit` rows of each kind a run."""
    with sessions() as session:
        return Report("housekeeping", done=retention.clear_out(session, now=now, limit=limit))
