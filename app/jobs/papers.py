"""Moves signed PDFs that lie in the database behind the storage port, a few at a time."""

import logging

from sqlalchemy.orm import Session, sessionmaker

from app.domain.errors import GatewayDown
from app.jobs.report import Report
from app.services.core.context import Context
from app.services.signed_files.moving import move_out

log = logging.getLogger(__name__)


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Move up to `limit` files; a store that does not answer is left alone until the next turn."""
    done = 0
    with sessions() as session:
        while done < limit:
            try:
                moved = move_out(session, context, limit=limit - done)
            except GatewayDown as fault:
                log.warning("file store: %s", fault)
                return Report("papers", done=done, left=1)
            if not moved:
                break
            done += moved
    return Report("papers", done=done)
