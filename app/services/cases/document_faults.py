"""A document that could not be made: staff saw why and mended it, so the borrower may try again."""

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.models import Case, PlanVersion
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction


def clear_fault(session: Session, context: Context, *, version_public_id: str) -> None:
    """Take a case off the list of documents that could not be made; who did it is on record, the
    characters are not.

    Idempotent on: the case; without a fault nothing happens.
    Raises: NotFound.
    Source: ADR 0018.
    """
    with transaction(session):
        of_version = select(Case).join(PlanVersion, PlanVersion.plan_id == Case.plan_id)
        case = session.scalars(
            of_version.where(PlanVersion.public_id == version_public_id)
        ).one_or_none()
        if case is None:
            raise NotFound
        fault = case.document_fault
        if fault is None:
            return
        same = Case.id == case.id, Case.document_fault == fault
        cleared = session.execute(update(Case).where(*same).values(document_fault=None))
        if isinstance(cleared, CursorResult) and cleared.rowcount == 1:
            audit.record(
                session,
                context,
                action="agreement.fault_seen",
                object_kind="plan_version",
                object_id=version_public_id,
                before={"count": len(fault)},
            )
