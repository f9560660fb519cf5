"""Staff open a case: what they saw of whom is on record."""

from sqlalchemy.orm import Session

from app.services.cases.queries import CaseView, case_of
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction


class GaveWay(Exception):
    """Another version stands in the place of the one that was asked for; nothing was shown."""

    def __init__(self, standing: str) -> None:
        super().__init__()
        self.standing = standing


def view_case(
    session: Session, context: Context, *, version_public_id: str, stands_only: bool = False
) -> CaseView:
    """Return a case for the desk, on record.

    Raises: NotFound; GaveWay where `stands_only` and the version does not.
    Source: ADR 0042.
    """
    with transaction(session):
        found = case_of(session, context, version_public_id=version_public_id)
        if stands_only and found.standing != found.public_id:
            raise GaveWay(found.standing)
        audit.record(
            session,
            context,
            action="case.viewed",
            object_kind="plan_version",
            object_id=version_public_id,
        )
        return found
