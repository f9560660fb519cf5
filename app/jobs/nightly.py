"""Applies the nightly files that people have confirmed."""

from sqlalchemy.orm import Session, sessionmaker

from app.domain.errors import RuleBroken
from app.jobs.report import Report
from app.services.core.context import Actor, Context
from app.services.nightly.confirmed import apply_confirmed, confirmed_files


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Apply up to `limit` files; one beside which another was imported is left to the next turn."""
    done = left = 0
    with sessions() as session:
        for public_id in confirmed_files(session)[:limit]:
            try:
                apply_confirmed(session, context.by(Actor("job:nightly")), public_id=public_id)
            except RuleBroken:
                left += 1
            else:
                done += 1
    return Report("nightly", done=done, left=left)
