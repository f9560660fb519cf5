"""Steps that use cases on papers share. They never commit."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import EvidenceRequest
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.waiting_queries import days_after_reply
from app.services.core.working_days import working_day_after
from app.services.plans.steps import LockedVersion, move_version


def open_request(session: Session, *, version_id: int) -> EvidenceRequest | None:
    """Return what the borrower of a version is asked for and has not given yet."""
    query = select(EvidenceRequest).where(
        EvidenceRequest.version_id == version_id, EvidenceRequest.ended_at.is_(None)
    )
    return session.scalars(query).one_or_none()


def go_on(
    session: Session, context: Context, *, locked: LockedVersion, asked: EvidenceRequest, why: str
) -> dict[str, str | None]:
    """End a request and let the plan wait for us again; our clock goes on with what was left when
    it was asked. Return what changed, for the audit trail.

    Raises: StateChanged.
    Source: ADR 0037.
    """
    case = locked.case
    left = days_after_reply(session, case=case)
    changes = move_version(session, locked=locked, to="submitted")
    if left and case.answer_by_on:
        goes_on = working_day_after(session, day=context.today, count=left)
        case.answer_by_on = max(case.answer_by_on, goes_on)
    asked.ended_at, asked.ended_why = context.now, why
    by = case.answer_by_on
    return changes | {"why": why, "answer_by_on": by.isoformat() if by else None}


def record(
    session: Session,
    context: Context,
    *,
    locked: LockedVersion,
    action: str,
    after: Mapping[str, Any],
    before: str = "",
) -> None:
    """Put on record what happened to a version; `before`: the state it left, where it moved."""
    audit.record(
        session,
        context,
        action=action,
        object_kind="plan_version",
        object_id=locked.version.public_id,
        before={"state": before} if before else None,
        after=dict(after),
    )
