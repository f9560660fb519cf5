"""Looks at kept plans as money is on record: what was missed is told, what was received counts."""

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.services.core.context import Context
from app.services.upholding import noticing, receiving

A_TURN = 10


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Look at up to ten times `limit` plans, and note which notices were delivered."""
    with sessions() as session:
        done = receiving.take_delivered(session, context.by(noticing.ACTOR), limit=limit)
        done += noticing.look_at_kept_plans(session, context, limit=A_TURN * limit)
        return Report("keeping", done=done)
