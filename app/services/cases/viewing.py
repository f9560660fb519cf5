"""Staff open a case: what they saw of whom is on record."""

from sqlalchemy.orm import Session

from app.services.cases.queries import CaseView, case_of
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction


def view_case(session: Session, context: Context, *, version_public_id: str) -> CaseView:
    """Return a case for the desk, on record.

    Raises: NotFound.
    """
    with transaction(session):
        found = case_of(session, context, version_public_id=version_public_id)
        audit.record(
            session,
            context,
            action="case.viewed",
            object_kind="plan_version",
            object_id=version_public_id,
        )
        return found
