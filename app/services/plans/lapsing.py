"""What ends by itself: drafts and offers lapse, holds end, and the borrower hears of an offer a day
before.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date, end_of
from app.domain.states import OFFERED
from app.models import Borrower, Hold, OutboxItem, PlanDraft, PlanVersion
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.core.transaction import transaction
from app.services.outbox.queue import written_before
from app.services.plans.expiring import ACTOR, expire_offer, is_past, record_expired
from app.services.plans.steps import StateChanged, lock_version, tell_borrower


def lapse_drafts(session: Session, context: Context, *, limit: int) -> int:
    """Delete up to `limit` drafts past their time and return how many; a record of how many stays.

    Source: default policy, draft_days; I-04.
    """
    with transaction(session):
        past = (
            select(PlanDraft.id)
            .where(PlanDraft.expires_at <= context.now)
            .order_by(PlanDraft.id)
            .limit(limit)
        )
        # A draft that its borrower is writing in right now is locked and left for the next turn,
        # when its time has been put off anyway.
        ids = session.scalars(past.with_for_update(skip_locked=True)).all()
        if ids:
            session.execute(delete(PlanDraft).where(PlanDraft.id.in_(ids)))
            audit.record(
                session,
                context.by(ACTOR),
                action="draft.lapsed",
                object_kind="plan_draft",
                object_id="-",
                after={"count": len(ids)},
            )

    return len(ids)


def end_holds(session: Session, context: Context, *, limit: int) -> int:
    """Mark up to `limit` holds whose time is over and return how many; who set an earlier end stays
    on record.

    Source: default policy, hold on collection.
    """
    with transaction(session):
        over = select(Hold, Borrower.public_id).join(Borrower, Borrower.id == Hold.borrower_id)
        # A hold whose end somebody set keeps that name; the job signs only for those that simply
        # ran out.
        over = (
            over.where(Hold.until_at <= context.now, Hold.ended_by.is_(None))
            .order_by(Hold.until_at, Hold.id)
            .limit(limit)
        )
        # Only the hold's row is locked: the borrower's may be held by a submission that waits for
        # nothing here.
        found = session.execute(over.with_for_update(of=Hold, skip_locked=True)).all()

        for hold, borrower in found:
            hold.ended_by = ACTOR.who
            audit.record(
                session,
                context.by(ACTOR),
                action="hold.ended",
                object_kind="borrower",
                object_id=borrower,
                after={"cause": hold.cause},
            )

    return len(found)


def expire_offers(session: Session, context: Context, *, limit: int) -> int:
    """Let up to `limit` approved versions that were not signed in time expire, each in its own
    transaction.

    Idempotent on: the version; one that was signed or withdrawn meanwhile is left alone.
    Source: default policy, offer valid 7 days.
    """
    return _each(
        session, _lapsed(context.now), limit, lambda version: _expire(session, context, version)
    )


def tell_lapsing_offers(session: Session, context: Context, *, limit: int) -> int:
    """Tell by SMS, once, that an offer lapses tomorrow.

    Source: product, step 6: one more SMS a day before an offer lapses.
    """
    days = active_policy(session)[1].clocks.lapse_notice_days
    tomorrow = end_of(beijing_date(context.now) + timedelta(days=days))
    # Whether it was told is asked of the outbox, whose key says so; a mark on the version would be
    # a second truth.
    told = select(OutboxItem.id).where(
        OutboxItem.idempotency_key == "plan-lapsing:" + PlanVersion.public_id
    )
    soon = PlanVersion.state.in_(OFFERED) & (PlanVersion.valid_until_at > context.now)
    soon &= (PlanVersion.valid_until_at <= tomorrow) & ~told.exists()

    return _each(session, soon, limit, lambda version: _tell(session, context, version))


def _lapsed(now: datetime) -> ColumnElement[bool]:
    return PlanVersion.state.in_(OFFERED) & (PlanVersion.valid_until_at < now)


def _each(
    session: Session, which: ColumnElement[bool], limit: int, act: Callable[[str], bool]
) -> int:
    due = (
        select(PlanVersion.public_id)
        .where(which)
        .order_by(PlanVersion.valid_until_at, PlanVersion.id)
        .limit(limit)
    )
    return sum(act(version) for version in session.scalars(due).all())


def _expire(session: Session, context: Context, version: str) -> bool:
    try:
        with transaction(session):
            locked = lock_version(session, context, version_public_id=version)
            # Between the list and the lock the borrower may have signed.
            if not is_past(locked):
                return False
            record_expired(session, context, expired=[expire_offer(session, locked=locked)])
    except StateChanged:  # signed or withdrawn between the list and the lock
        return False

    return True


def _tell(session: Session, context: Context, version: str) -> bool:
    with transaction(session):
        locked = lock_version(session, context, version_public_id=version)
        until, key = locked.version.valid_until_at, f"plan-lapsing:{version}"
        if locked.version.state not in OFFERED or until is None or written_before(session, key=key):
            return False  # signed, withdrawn, or told by another host between the list and the lock

        tell_borrower(
            session,
            context,
            locked=locked,
            template="plan_lapsing",
            key=key,
            values={"until": beijing_date(until)},
        )

        audit.record(
            session,
            context.by(ACTOR),
            action="plan.lapse_told",
            object_kind="plan_version",
            object_id=version,
        )

    return True
