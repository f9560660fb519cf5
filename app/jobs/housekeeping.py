"""Notes how far the trail came today, folds counters, sums up what was refused, and deletes what
need not be kept: old codes, ended sessions, counted failures, sent messages, work that failed,
samples of maps.
"""

from sqlalchemy.orm import Session, sessionmaker

from app.jobs.report import Report
from app.services.core.context import Context
from app.services.maps.forgetting import forget_samples
from app.services.outbox.receipts import forget_unknown
from app.services.tallies.folding import fold_differences
from app.services.upkeep import refusals, retention
from app.services.upkeep.anchoring import anchor_trail
from app.services.upkeep.attested import attest_what_was_there
from app.services.work.retrying import forget_failed


def run(sessions: sessionmaker[Session], context: Context, limit: int) -> Report:
    """Wipe and delete what is past its time; `limit` rows of each kind a run."""
    with sessions() as session:
        attest_what_was_there(session, context)
        anchor_trail(session, context)
        fold_differences(session)
        hours = refusals.sum_up_refusals(session, context)
        cleared = retention.clear_out(session, context, limit=limit)
        cleared += forget_unknown(session, context, limit=limit)
        cleared += forget_failed(session, context, limit=limit)
        cleared += forget_samples(session, context, limit=limit)
        return Report("housekeeping", done=hours + cleared)
