"""The borrower's word on a counter-offer: accepted, it waits for the signature. Another number is a
change (ADR 0042), taking it back a withdrawal, a question a message.
"""

from sqlalchemy.orm import Session

from app.domain.states import state_on
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.plans.steps import StateChanged, lock_version, move_version


def accept_counter(
    session: Session, context: Context, *, borrower_id: int, version_public_id: str
) -> None:
    """Accept a counter-offer: it waits for the signature, valid until the day it was from the
    first.

    Idempotent on: the version; one that was accepted before stays as it is.
    Raises: NotFound, also for someone else's version; StateChanged where it was recalled, replaced
            or is over.
    Source: product, states: countered -> approved (accepted).
    """
    with transaction(session):
        locked = lock_version(
            session, context, version_public_id=version_public_id, borrower_id=borrower_id
        )
        version = locked.version
        today, until = context.today, version.valid_until_at
        if version.state == "approved" and version.released_by:
            return
        if state_on(version.state, valid_until_at=until, today=today) != "countered":
            raise StateChanged
        changes = move_version(session, locked=locked, to="approved", decided_at=context.now)
        session.flush()
        audit.record(
            session,
            context,
            action="plan.accepted",
            object_kind="plan_version",
            object_id=version_public_id,
            before={"state": "countered"},
            after=changes,
        )
