"""Makes exports that were asked for, and deletes files that need not be kept any longer."""

import time
from datetime import datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.services.core.context import Context
from app.services.finance import export_making

A_TURN = 1  # a long one must not keep the other jobs waiting behind several


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Make one export, and delete the files of up to `limit` old ones."""
    began = time.monotonic()

    def present() -> datetime:
        # The context's instant plus what has passed: leases need time that goes on, and the clock
        # is read in one place only.
        return context.now + timedelta(seconds=int(time.monotonic() - began))

    made = export_making.make_due(sessions, context, present=present, limit=min(A_TURN, limit))
    with sessions() as session:
        deleted = export_making.delete_lapsed(
            session, context, storage=context.gateways.storage, limit=limit
        )

    return Report("exports", done=made.made + deleted, left=made.left)
