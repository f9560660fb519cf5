"""Hands over messages that wait: retries, reminders, and those written in quiet hours; takes what
providers keep for us of those they took.
"""

import time
from datetime import datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.services.core.context import Context
from app.services.outbox import queue as outbox_queue
from app.services.outbox.receipts import take_receipts

# A turn may be long where much waits: it has a lane of its own on the engine.
A_TURN = 10


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Send up to ten times `limit` messages that are due."""
    began = time.monotonic()

    def present() -> datetime:
        # The context's instant plus what has passed: the clock is read in one place only.
        return context.now + timedelta(seconds=int(time.monotonic() - began))

    sent = outbox_queue.send_due(sessions, context, A_TURN * limit, present=present)
    for provider, receipts in context.gateways.receipts.items():
        if told := receipts.waiting():
            with sessions() as session:
                take_receipts(session, context.at(present()), provider=provider, receipts=told)
    return Report("outbox", done=sent.sent, left=sent.waiting + sent.failed)
