"""The policy in force."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.policy import Policy
from app.models import PolicyVersion

CACHED = "anhuan_policy"


def active_policy(session: Session) -> tuple[str, Policy]:
    """Return the version and the values of the policy in force; read once a session.

    Raises: NoResultFound when no version is active.
    """
    # A session is one request or one turn of a job: within it the policy must not change between
    # two figures of the same page.
    found: tuple[str, Policy] | None = session.info.get(CACHED)
    if found is None:
        row = session.scalars(select(PolicyVersion).where(PolicyVersion.is_active)).one()
        found = session.info[CACHED] = (row.version, Policy.from_values(row.values))
    return found
