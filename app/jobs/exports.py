"""Makes the export that was asked for, and deletes files that need not be kept any longer."""

import time
from datetime import datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.ports.work import Piece
from app.services.core.context import Context
from app.services.finance import export_making


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Delete the files of up to `limit` old exports."""
    with sessions() as session:
        storage = context.gateways.storage
        deleted = export_making.delete_lapsed(session, context, storage=storage, limit=limit)
    return Report("exports", done=deleted)


def make(sessions: sessionmaker[Session], context: Context, piece: Piece) -> Report:
    """Make one export. Raises what broke, for the engine to try again."""
    began = time.monotonic()

    def present() -> datetime:
        # The context's instant plus what has passed: the clock is read in one place only.
        return context.now + timedelta(seconds=int(time.monotonic() - began))

    made = export_making.make_export(
        sessions,
        context,
        public_id=piece.args["export"],
        attempt=piece.attempt,
        present=present,
    )
    return Report("exports", done=int(made))
