"""Reminds of instalments that fall due soon or today."""

from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.ports.gateways import Gateways
from app.ports.site import Site
from app.services.servicing import reminders


def run(
    sessions: sessionmaker[Session], gateways: Gateways, site: Site, now: datetime, limit: int
) -> Report:
    """Write up to `limit` reminders; the outbox hands them over, never in quiet hours."""
    with sessions() as session:
        return Report(
            "reminders",
            done=reminders.remind(session, vault=gateways.vault, site=site, now=now, limit=limit),
        )
