"""Who stands behind versions: others than their authors, with the role, as many as it takes."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.authority import SUPERVISOR
from app.domain.states import OFFERED
from app.models import PlanVersion, StaffRole, VersionRelease


def too_few_behind(session: Session) -> Iterator[str]:
    """Yield each release that is its author's or was given without the role, and each version that
    lies with its borrower with fewer behind it than it needs.

    Source: I19.
    """
    held = (
        select(StaffRole.id)
        .where(StaffRole.staff_id == VersionRelease.staff_id, StaffRole.role == SUPERVISOR)
        .where(StaffRole.from_at <= VersionRelease.at)
        .where((StaffRole.until_at.is_(None)) | (StaffRole.until_at > VersionRelease.at))
    )
    query = (
        select(PlanVersion.public_id, PlanVersion.author_person, VersionRelease, held.exists())
        .join(PlanVersion, PlanVersion.id == VersionRelease.version_id)
        .order_by(VersionRelease.id)
    )
    for version, author, one, had_role in session.execute(query):
        if one.person_id == author or one.author_person != author:
            yield f"{version}: released by its author"
        if not had_role:
            yield f"{version}: released without the role"
    behind = (
        select(func.count()).where(VersionRelease.version_id == PlanVersion.id).scalar_subquery()
    )
    offered = PlanVersion.state.in_(OFFERED | {"signed"})
    few = select(PlanVersion.public_id).where(offered, behind < PlanVersion.releases_needed)
    yield from (f"{version}: released by too few" for version in session.scalars(few))
