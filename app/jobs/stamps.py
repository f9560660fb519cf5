"""Has files stamped with the time that got no stamp when they were signed."""

import logging

from sqlalchemy.orm import Session, sessionmaker

from app.domain.errors import GatewayDown
from app.jobs.report import Report
from app.services.agreements import stamping
from app.services.core.context import Context

log = logging.getLogger(__name__)


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Stamp up to `limit` files; an authority that does not answer is left alone until the next
    turn.
    """
    done = 0
    with sessions() as session:
        waiting = stamping.waiting_for_stamp(session, limit=limit)
        for number in waiting:
            try:
                done += stamping.stamp_agreement(session, context, number=number)
            except GatewayDown as fault:
                log.warning("no time stamp: %s", fault)
                return Report("stamps", done=done, left=len(waiting) - done)
    return Report("stamps", done=done)
