"""Looks at kept plans as money is on record: what was missed is told, what was received counts, and
a plan that was not mended is broken on record.
"""

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.services.breaks import recording
from app.services.core.context import Context
from app.services.upholding import noticing, receiving

A_TURN = 10


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Look at up to ten times `limit` plans, and note which notices were delivered; record
    the break of up to `limit`.
    """
    with sessions() as session:
        done = receiving.take_delivered(session, context.by(noticing.ACTOR), limit=limit)
        done += noticing.look_at_kept_plans(session, context, limit=A_TURN * limit)
        done += recording.break_plans(session, context, limit=limit)
        return Report("keeping", done=done)
