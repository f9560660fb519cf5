"""Who stands behind a version besides its author: those who release a counter-offer, or approve
together what is beyond one. Never commits.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import PlanVersion, VersionRelease
from app.services.core.context import Context


def add_release(session: Session, context: Context, *, version: PlanVersion) -> int:
    """Put someone behind a locked version; return how many stand behind it by now."""
    session.add(
        VersionRelease(
            version_id=version.id,
            staff_id=context.staff.staff_id,
            person_id=context.staff.person_id,
            author_person=version.author_person,
            at=context.now,
        )
    )
    session.flush()
    return session.scalar(select(func.count()).where(VersionRelease.version_id == version.id)) or 0
