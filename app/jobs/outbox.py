"""Hands over messages that wait: retries, and those written in quiet hours."""

from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.ports.gateways import Gateways
from app.ports.site import Site
from app.services.outbox import queue as outbox


def run(
    sessions: sessionmaker[Session], gateways: Gateways, site: Site, now: datetime, limit: int
) -> Report:
    """Send up to `limit` messages that are due."""
    sent = outbox.send_due(sessions, gateways, now, limit)
    return Report("outbox", done=sent.sent, left=sent.waiting + sent.failed)
