"""The policy in force."""

from collections.abc import Iterable, Mapping

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


def policies_of(session: Session, *, versions: Iterable[str]) -> Mapping[str, Policy]:
    """Return the values of versions of the policy, in force or not: one query, none where all are
    the one in force.
    """
    active, policy = active_policy(session)
    earlier = tuple(set(versions) - {active})
    if not earlier:
        return {active: policy}
    wanted = select(PolicyVersion).where(PolicyVersion.version.in_((active, *earlier)))
    values = {one.version: one.values for one in session.scalars(wanted)}
    # A limit that an earlier version did not know is told as in the one in force: what was judged
    # before a release stays readable after it.
    return {active: policy} | {
        one: Policy.from_values({**values[active], **values[one]})
        for one in earlier
        if one in values
    }
