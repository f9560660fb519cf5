"""Staff read what went to and fro in a plan: what they saw of whom is on record."""

from sqlalchemy.orm import Session

from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.counters.queries import TalkRow, talk_of_version


def view_talk(session: Session, context: Context, *, version_public_id: str) -> tuple[TalkRow, ...]:
    """Return every version of a plan and every message about it, on record.

    Raises: NotFound.
    """
    with transaction(session):
        rows = talk_of_version(session, context, version_public_id=version_public_id)
        audit.record(
            session,
            context,
            action="case.talk_viewed",
            object_kind="plan_version",
            object_id=version_public_id,
        )
        return rows
