"""How an offer that nobody signed in time ends: steps of the job, and of whoever goes on before it
comes by. Never commit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.states import OFFERED
from app.models import Loan, PlanLoan, PlanVersion
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.plans.steps import LockedVersion, close_plan, end_hold, lock_version, move_version

# The job's name also where someone else lets it expire first: the trail reads the same either way
# (ADR 0030).
ACTOR = Actor("job:lapsing")


@dataclass(frozen=True)
class ExpiredOffer:
    """An offer that expired just now, and what changed: its audit entry comes last, with those of
    the use case.
    """

    locked: LockedVersion
    before: str
    changes: dict[str, Any]


def is_past(locked: LockedVersion) -> bool:
    """Tell whether a locked version is an offer whose last second is over."""
    until = locked.version.valid_until_at
    return locked.version.state in OFFERED and until is not None and until < locked.now


def expire_offer(session: Session, *, locked: LockedVersion) -> ExpiredOffer:
    """Let an offer expire: its loans are free, its hold ends now. Its audit entry is still to be
    written.

    Raises: StateChanged.
    Source: default policy, offer valid 7 days, hold on collection.
    """
    # The audit entry is left to the caller: it locks the head of the chain, the last lock of any
    # use case.
    before = locked.version.state
    changes = move_version(session, locked=locked, to="expired")
    close_plan(session, locked=locked)
    end_hold(session, locked=locked, until=locked.now, by=ACTOR.who)
    return ExpiredOffer(locked, before, changes)


def expire_offers_on(
    session: Session, context: Context, *, loans: Iterable[Loan]
) -> tuple[ExpiredOffer, ...]:
    """Let the offers on locked loans that are over expire, so that another plan on them may be
    open.

    Raises: StateChanged.
    """
    query = (
        select(PlanVersion.public_id)
        .join(PlanLoan, PlanLoan.plan_id == PlanVersion.plan_id)
        .where(PlanLoan.loan_id.in_([one.id for one in loans]))
        .where(PlanVersion.state.in_(OFFERED), PlanVersion.valid_until_at < context.now)
        # In one order for everybody, so that two who lock several versions never wait for each
        # other.
        .order_by(PlanVersion.id)
    )
    found = [
        lock_version(session, context, version_public_id=one)
        for one in session.scalars(query).unique()
    ]

    return tuple(expire_offer(session, locked=one) for one in found)


def record_expired(session: Session, context: Context, *, expired: Iterable[ExpiredOffer]) -> None:
    """Put offers that expired on record."""
    for one in expired:
        audit.record(
            session,
            context.by(ACTOR).at(one.locked.now),
            action="plan.expired",
            object_kind="plan_version",
            object_id=one.locked.version.public_id,
            before={"state": one.before},
            after=one.changes,
        )
