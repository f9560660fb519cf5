"""Hands over messages that wait: retries, and those written in quiet hours."""

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.services.core.context import Context
from app.services.outbox import queue as outbox_queue


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Send up to `limit` messages that are due."""
    sent = outbox_queue.send_due(sessions, context, limit)
    return Report("outbox", done=sent.sent, left=sent.waiting + sent.failed)
