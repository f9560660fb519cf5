"""Work that failed is tried anew, on record, and forgotten in time."""

from datetime import timedelta

from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction

KEPT = timedelta(days=30)


def retry_piece(session: Session, context: Context, *, piece_id: int) -> str:
    """Have a piece of work that failed tried anew, its attempts counted from the beginning; return
    the name of its task.

    Idempotent on: the piece; one that waits or runs again is not found.
    Raises: NotFound.
    """
    with transaction(session):
        piece = context.gateways.work.retry(session.connection(), piece_id=piece_id)
        if piece is None:
            raise NotFound
        audit.record(
            session,
            context,
            action="work.retried",
            object_kind="work",
            object_id=str(piece.id),
            after={"task": piece.task, **piece.args},
        )

    return piece.task


def forget_failed(session: Session, context: Context, *, limit: int) -> int:
    """Forget work that failed a month ago, and return of how many pieces; what it was for tells by
    itself what became of it.
    """
    with transaction(session):
        before = context.now - KEPT
        return context.gateways.work.prune(session.connection(), before=before, limit=limit)
