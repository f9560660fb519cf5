"""Versions of a plan: what a page reads of one, who stands behind it, whose own it answers, the
number of the next. Reads only.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.orm import Session, aliased

from app.domain.states import LENDER
from app.models import (
    Agreement,
    Appeal,
    Case,
    Decision,
    Plan,
    PlanDraft,
    PlanVersion,
    Staff,
    VersionRelease,
)
from app.services.core.context import Context
from app.services.hardship.records import CONSENT
from app.services.plans.verdicts import held_by_person
from app.services.signin.consent_queries import consent_held


class ToldBeside(NamedTuple):
    """What is to be read beside a version, and what of it is only whether it is there."""

    has_decisions: bool
    has_others: bool
    has_drafts: bool
    has_private_reason: bool
    holds_by_person: bool


_OTHER = aliased(PlanVersion)
# One query says what most versions have nothing of, instead of one each.
VERSION_ROWS = (
    select(
        PlanVersion,
        Plan,
        Case,
        Appeal,
        Agreement,
        exists().where(Decision.version_id == PlanVersion.id),
        exists().where(
            _OTHER.plan_id == Plan.id,
            _OTHER.id != PlanVersion.id,
            _OTHER.submitted_at.is_not(None),
        ),
        exists().where(
            PlanDraft.borrower_id == Plan.borrower_id,
            PlanDraft.expires_at > bindparam("now", type_=PlanDraft.expires_at.type),
        ),
        consent_held(Plan.borrower_id, document=CONSENT),
        held_by_person(PlanVersion.id),
    )
    .join(Plan, Plan.id == PlanVersion.plan_id)
    .join(Case, Case.plan_id == Plan.id)
    .outerjoin(Appeal, Appeal.version_id == PlanVersion.id)
    .outerjoin(Agreement, Agreement.version_id == PlanVersion.id)
    .where(
        PlanVersion.public_id == bindparam("version", type_=PlanVersion.public_id.type),
        Plan.borrower_id == bindparam("mine", type_=Plan.borrower_id.type),
    )
)
CHAIN = (
    select(PlanVersion)
    .where(
        PlanVersion.plan_id == bindparam("plan", type_=PlanVersion.plan_id.type),
        PlanVersion.submitted_at.is_not(None),
    )
    .order_by(PlanVersion.id)
)


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
