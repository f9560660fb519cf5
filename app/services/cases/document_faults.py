"""A document that could not be made: staff saw why and mended it, so the borrower may try again."""

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.models import PlanVersion
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction


def clear_fault(session: Session, context: Context, *, version_public_id: str) -> None:
    """Take a version off the list of documents that could not be made; who did it is on record, the
    characters are not.

    Idempotent on: the version; without a fault nothing happens.
    Raises: NotFound.
    Source: ADR 0018.
    """
    with transaction(session):
        row = session.execute(
            select(PlanVersion.id, PlanVersion.document_fault).where(
                PlanVersion.public_id == version_public_id
            )
        ).one_or_none()
        if row is None:
            raise NotFound
        if row.document_fault is None:
            return
        same = PlanVersion.document_fault == row.document_fault
        cleared = session.execute(
            update(PlanVersion).where(PlanVersion.id == row.id, same).values(document_fault=None)
        )
        if isinstance(cleared, CursorResult) and cleared.rowcount == 1:
            audit.record(
                session,
                context,
                action="agreement.fault_seen",
                object_kind="plan_version",
                object_id=version_public_id,
                before={"count": len(row.document_fault)},
            )
