"""The end of help is announced: the first instalment that is no longer lower or put off, and the
end of a breathing space. Outside the caps of reminders, never in quiet hours.
"""

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import String, cast, exists, literal, select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date, end_of, midnight
from app.domain.plan_terms import moved_of, read_terms
from app.domain.states import KEPT_PLANS
from app.models import Agreement, Borrower, DueDate, Hold, OutboxItem, Plan, PlanVersion
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.policy import active_policy
from app.services.core.transaction import transaction
from app.services.core.working_days import days_moving_to
from app.services.outbox import queue as outbox_queue
from app.services.outbox.occasions import Occasion
from app.services.outbox.sms_texts import site_values, sms_text
from app.services.upholding.telling import tell

ACTOR = Actor("job:endings")
# Kinds whose instalments change on the way.
KINDS = ("step_up", "deferral")
BREATHING = "breathing"


class _Ending(NamedTuple):
    """The first instalment of a plan that is no longer lower or put off, told first or last."""

    plan_id: int
    version_id: int
    number: int
    day: date
    which: str

    @property
    def key(self) -> str:
        return f"ending:{self.version_id}:{self.which}"


def announce_plans(session: Session, context: Context, *, limit: int) -> int:
    """Announce up to `limit` ends of lower or put-off instalments and return how many; each twice,
    the policy's days before.

    Idempotent on: version and which of the two.
    Source: default policy, in a plan.
    """
    kept = active_policy(session)[1].kept
    last = context.today + timedelta(days=kept.ending_last_notice_days)
    until = context.today + timedelta(days=kept.ending_notice_days)
    tomorrow = context.today + timedelta(days=1)
    done = 0
    for which, first, end in (("last", tomorrow, last), ("first", last + timedelta(days=1), until)):
        moved = days_moving_to(session, first=first, last=end)
        done += _announce(session, context.by(ACTOR), which, moved, limit - done)
    return done


def _announce(
    session: Session, context: Context, which: str, moved: dict[date, date], most: int
) -> int:
    key = literal("ending:") + cast(PlanVersion.id, String) + f":{which}"
    query = (
        select(PlanVersion, DueDate.number, DueDate.due_on)
        .select_from(Plan)
        .join(PlanVersion, PlanVersion.id == Plan.active_version_id)
        .join(Agreement, Agreement.version_id == PlanVersion.id)
        .join(DueDate, DueDate.agreement_id == Agreement.id)
        .where(
            DueDate.due_on.in_(sorted(moved)),
            PlanVersion.kind.in_(KINDS),
            Plan.state.in_(KEPT_PLANS),
            ~exists().where(OutboxItem.idempotency_key == key),
        )
        .order_by(Plan.id, DueDate.number)
    )
    found = [
        _Ending(version.plan_id, version.id, number, moved[due_on], which)
        for version, number, due_on in session.execute(query)
        if read_terms(version.terms, moved=moved_of(version)).help_ends_with == number
    ]
    session.rollback()
    for one in found[:most]:
        with transaction(session):
            _tell(session, context, one)
    return min(len(found), most)


def _tell(session: Session, context: Context, ending: _Ending) -> None:
    # Two hosts: the second one finds what the first has written.
    plan = session.get_one(Plan, ending.plan_id, with_for_update=True)
    told = select(OutboxItem.id).where(OutboxItem.idempotency_key == ending.key)
    if plan.state not in KEPT_PLANS or session.scalar(told) is not None:
        return
    about = Occasion("plan", plan.public_id, plan.state)
    template, day = "help_ending", ending.day
    tell(session, context, plan=plan, template=template, key=ending.key, about=about, day=day)
    audit.record(
        session,
        context,
        action="ending.announced",
        object_kind="plan",
        object_id=plan.number,
        after={"number": ending.number, "due_on": day.isoformat()},
    )


def announce_breathing(session: Session, context: Context, *, limit: int) -> int:
    """Announce up to `limit` ends of breathing spaces, once each, and return how many.

    Idempotent on: the hold.
    Source: default policy, breathing space.
    """
    days = active_policy(session)[1].kept.ending_last_notice_days
    key = literal("breathing-ending:") + cast(Hold.id, String)
    query = (
        select(Hold.id)
        .where(
            Hold.cause == BREATHING,
            Hold.until_at > end_of(context.today),
            Hold.until_at < midnight(context.today + timedelta(days=days + 1)),
            ~exists().where(OutboxItem.idempotency_key == key),
        )
        .order_by(Hold.id)
        .limit(limit)
    )
    ids = session.scalars(query).all()
    session.rollback()
    for hold_id in ids:
        with transaction(session):
            _tell_breathing(session, context.by(ACTOR), hold_id)
    return len(ids)


def _tell_breathing(session: Session, context: Context, hold_id: int) -> None:
    hold = session.get_one(Hold, hold_id, with_for_update=True)
    key = f"breathing-ending:{hold.id}"
    told = select(OutboxItem.id).where(OutboxItem.idempotency_key == key)
    if hold.until_at is None or session.scalar(told) is not None:
        return
    borrower = session.get_one(Borrower, hold.borrower_id)
    until_on = beijing_date(hold.until_at)
    values = site_values(context.site)
    outbox_queue.enqueue_sms(
        session,
        context,
        purpose="service",
        to=outbox_queue.mobile_of(context.vault, borrower),
        text=sms_text("breathing_ending", language=borrower.language, until=until_on, **values),
        borrower_id=borrower.id,
        key=key,
        about=Occasion("hold", str(hold.id)),
        expires_at=hold.until_at,
    )
    audit.record(
        session,
        context,
        action="ending.announced",
        object_kind="hold",
        object_id=str(hold.id),
        after={"until_on": until_on.isoformat()},
    )
