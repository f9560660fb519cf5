"""Which messages the other side has read."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.models import Message, Thread
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.threads.queries import is_from_us


def mark_read(
    session: Session, context: Context, *, public_id: str, up_to: int, by_staff: bool
) -> None:
    """Note that the other side's messages were read, up to a key.

    Idempotent on: each message, which was first read once. Leaves no entry: it is a courtesy to who
                   wrote (U26).
    """
    theirs = ~is_from_us() if by_staff else is_from_us()
    thread = select(Thread.id).where(Thread.public_id == public_id).scalar_subquery()
    # Up to the key that was shown: what came in while the page was read stays unread.
    unread = Message.thread_id == thread, Message.id <= up_to, Message.read_at.is_(None), theirs
    with transaction(session):
        session.execute(update(Message).where(*unread).values(read_at=context.now))
