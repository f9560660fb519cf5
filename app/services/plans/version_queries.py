"""Versions of a plan: who stands behind one, whose own it answers, the number of the next. Reads
only.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.states import LENDER
from app.models import PlanVersion, Staff, VersionRelease
from app.services.core.context import Context


def stands_behind(session: Session, context: Context, *, version_id: int) -> bool:
    """Tell whether someone stands behind a version already."""
    mine = select(VersionRelease.id).where(
        VersionRelease.version_id == version_id,
        VersionRelease.person_id == context.staff.person_id,
    )
    return session.scalar(mine) is not None


def names_behind(session: Session, *, version_id: int) -> tuple[str, ...]:
    """Return the names of those who stand behind a version, the first one first."""
    query = (
        select(Staff.display_name)
        .join(VersionRelease, VersionRelease.staff_id == Staff.id)
        .where(VersionRelease.version_id == version_id)
        .order_by(VersionRelease.id)
    )
    return tuple(session.scalars(query))


def next_number(session: Session, *, plan_id: int) -> int:
    """Return the number of the next version of a locked plan; what was never put forward has one
    too.
    """
    newest = select(func.max(PlanVersion.number)).where(PlanVersion.plan_id == plan_id)
    return (session.scalar(newest) or 0) + 1


def own_version(session: Session, *, version: PlanVersion) -> PlanVersion:
    """Return the version itself, or of a counter-offer the last one that its borrower proposed."""
    if version.author_kind != LENDER:
        return version
    own = (
        select(PlanVersion)
        .where(PlanVersion.plan_id == version.plan_id, PlanVersion.number < version.number)
        .where(PlanVersion.author_kind != LENDER)
        .order_by(PlanVersion.number.desc())
        .limit(1)
    )
    return session.scalars(own).one()
