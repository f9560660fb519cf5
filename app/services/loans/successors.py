"""Which agreement took the place of which, and what is asked in the place of one that runs. Reads
only.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.states import OPEN_VERSIONS, state_on
from app.models import Agreement, Plan, PlanVersion


@dataclass(frozen=True)
class OpenChange:
    """What is asked or offered in the place of an agreement that runs."""

    version: str
    state: str
    valid_until_on: date | None


def successor_of(session: Session, *, plan_id: int) -> str:
    """Return the number of the agreement that was signed in the place of a plan's, or empty.

    Source: rules part 1, how a signed plan is kept: change.
    """
    query = (
        select(Agreement.number)
        .join(Plan, Plan.active_version_id == Agreement.version_id)
        .where(Plan.replaces_id == plan_id)
    )
    return session.scalar(query) or ""


def open_change_of(session: Session, *, plan_id: int, today: date) -> OpenChange | None:
    """Return what is asked or offered in the place of a plan that runs, if anything."""
    query = (
        select(PlanVersion)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .where(Plan.replaces_id == plan_id, PlanVersion.state.in_(OPEN_VERSIONS))
        .order_by(PlanVersion.id.desc())
        .limit(1)
    )
    one = session.scalars(query).one_or_none()
    if one is None:
        return None
    state = state_on(one.state, valid_until_at=one.valid_until_at, today=today)
    if state not in OPEN_VERSIONS:
        return None
    until = beijing_date(one.valid_until_at) if one.valid_until_at else None
    return OpenChange(one.public_id, state, until)
