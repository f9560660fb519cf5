"""Reminders of instalments of plans that are kept: some days before, and on the day, within the
rules of contact.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from sqlalchemy import ColumnElement, String, case, cast, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date, end_of, midnight
from app.domain.policy import Policy
from app.domain.spans import LEEWAY
from app.domain.states import KEPT_PLANS
from app.models import (
    Agreement,
    Borrower,
    Contact,
    DueDate,
    OutboxItem,
    Plan,
    PlanVersion,
)
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.policy import active_policy
from app.services.core.transaction import transaction
from app.services.outbox import queue as outbox_queue
from app.services.outbox.occasions import Occasion, still_stands
from app.services.outbox.sms_texts import message_values, sms_text

ACTOR = Actor("job:reminders")
# What counts against the numbers of C-06: messages of service and codes do not.
ASKING = ("reminder", "collection")
# SQLite takes a limited number of keys in one query.
PART = 500
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class DueInstalment:
    """One instalment to remind of: which version's, and whether it is due today."""

    version_id: int
    borrower_id: int
    number: str
    instalment: int
    due_on: date
    is_today: bool

    @property
    def key(self) -> str:
        """Return the key under which this reminder is written once."""
        when = "day" if self.is_today else "before"
        return f"reminder:{self.version_id}:{self.instalment}:{when}"

    @property
    def occasion(self) -> Occasion:
        """Return what must be so when it is written, and still when it is handed over."""
        return Occasion("instalment", str(self.version_id))


def remind(session: Session, context: Context, *, limit: int) -> int:
    """Write the reminders of today, up to `limit`, and return how many; each in its own
    transaction.

    One that the rules of contact do not allow today is left out, and keeps no other from being
    written: the borrower was written to lately, or asked for quiet. One of the days before that was
    not written on its day, for whatever reason, is written on the next, while it is still before.
    Idempotent on: version, instalment and day; the message lapses with what it says.
    Source: default policy, reminders; C-01, C-06, quality U25.
    """
    policy = active_policy(session)[1]
    today = beijing_date(context.now)
    due = _due_within(session, today=today, ahead=policy.contact.reminder_before_days)
    # Lazily: the limit counts what was written, so those whom the rules keep in peace use none of
    # it up.
    written = (
        one
        for part in due
        for one in _not_capped(session, context, part, policy)
        if _write(session, context, one, policy=policy)
    )
    return sum(1 for _one in islice(written, limit))


def _due_within(session: Session, *, today: date, ahead: int) -> Iterator[list[DueInstalment]]:
    """Yield in parts, by version and instalment, the payments of kept plans that their papers print
    for today or up to `ahead` days later, and that nobody was told of yet.
    """
    day = case((DueDate.due_on == today, "day"), else_="before")
    version, number = (cast(one, String) for one in (PlanVersion.id, DueDate.number))
    key = "reminder:" + version + ":" + number + ":" + day
    query = (
        select(PlanVersion.id, Plan.borrower_id, Plan.number, DueDate.number, DueDate.due_on)
        .join(Agreement, Agreement.id == DueDate.agreement_id)
        .join(PlanVersion, PlanVersion.id == Agreement.version_id)
        .join(Plan, Plan.active_version_id == PlanVersion.id)
        .where(
            DueDate.due_on.between(today, today + timedelta(days=ahead)),
            Plan.state.in_(KEPT_PLANS),
            ~exists().where(OutboxItem.idempotency_key == key),
        )
        .order_by(PlanVersion.id, DueDate.number)
        .limit(PART)
    )
    place = tuple_(PlanVersion.id, DueDate.number)
    rows = session.execute(query).all()
    while rows:
        yield [
            DueInstalment(version_id, borrower_id, plan, instalment, due_on, due_on == today)
            for version_id, borrower_id, plan, instalment, due_on in rows
        ]
        after = tuple_(rows[-1][0], rows[-1][3])
        rows = session.execute(query.where(place > after)).all()


def _not_capped(
    session: Session, context: Context, part: list[DueInstalment], policy: Policy
) -> list[DueInstalment]:
    """Leave out at one stroke whom the counts of a day or a week keep in peace anyway: they come up
    at each round, and are many on a day on which much falls due.
    """
    ids = {one.borrower_id for one in part}
    began = midnight(beijing_date(context.now))
    limits = (
        (began, policy.contact.sms_per_day),
        (context.now - WEEK, policy.contact.sms_per_week),
    )
    capped: set[int] = set()
    for since, most in limits:
        asked = (
            select(Contact.borrower_id)
            .where(Contact.borrower_id.in_(ids), *_asked(since, context.now))
            .group_by(Contact.borrower_id)
            .having(func.count() >= most)
        )
        capped |= set(session.scalars(asked))
    return [one for one in part if one.borrower_id not in capped]


def _write(session: Session, context: Context, due: DueInstalment, *, policy: Policy) -> bool:
    with transaction(session):
        # Two reminders for one borrower line up here, so that both cannot be the last one of the
        # day (C-06).
        borrower = session.scalars(
            select(Borrower).where(Borrower.id == due.borrower_id).with_for_update(key_share=True)
        ).one()
        if not _may_remind(session, context, due, policy):
            return False

        template = "due_today" if due.is_today else "due_soon"
        text = sms_text(
            template,
            language=borrower.language,
            **message_values(due.number, context.site),
            day=due.due_on,
        )

        outbox_queue.enqueue_sms(
            session,
            context,
            purpose="reminder",
            to=outbox_queue.mobile_of(context.vault, borrower),
            text=text,
            borrower_id=borrower.id,
            key=due.key,
            about=due.occasion,
            # "Due today" is wrong tomorrow, and what comes before is right until then; a message
            # held up by a gateway lapses with what it says.
            expires_at=end_of(due.due_on if due.is_today else due.due_on - timedelta(days=1)),
        )

        audit.record(
            session,
            context.by(ACTOR),
            action="reminder.written",
            object_kind="plan",
            object_id=due.number,
            after={"number": due.instalment, "due_on": due.due_on.isoformat()},
        )

    return True


def _may_remind(session: Session, context: Context, due: DueInstalment, policy: Policy) -> bool:
    """Still kept, in the file, not asked to be left in peace, within the counts of a day and a
    week.
    """
    if not still_stands(session, occasion=due.occasion, now=context.now):
        return False
    if outbox_queue.written_before(session, key=due.key):
        return False  # by another host between the list and the lock

    # The day of the rule is Beijing's, the week is the last seven days.
    began = midnight(beijing_date(context.now))
    today = _asked_since(session, due.borrower_id, began, context.now)

    return (
        today < policy.contact.sms_per_day
        and _asked_since(session, due.borrower_id, context.now - WEEK, context.now)
        < policy.contact.sms_per_week
    )


def _asked_since(session: Session, borrower_id: int, since: datetime, now: datetime) -> int:
    """Count SMS that asked for payment; those that wait count on whichever day they were written,
    for they may go on this one.
    """
    sent = select(func.count()).where(Contact.borrower_id == borrower_id, *_asked(since, now))

    waiting = select(func.count()).where(
        OutboxItem.borrower_id == borrower_id,
        OutboxItem.purpose.in_(ASKING),
        OutboxItem.state == "waiting",
        OutboxItem.created_at <= now + LEEWAY,
        # What has lapsed goes on no day.
        or_(OutboxItem.expires_at.is_(None), OutboxItem.expires_at > now),
    )

    return (session.scalar(sent) or 0) + (session.scalar(waiting) or 0)


def _asked(since: datetime, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Contact.channel == "sms",
        Contact.purpose.in_(ASKING),
        # What no provider took reached nobody.
        Contact.result != "failed",
        # What a clock that was ahead noted keeps no reminder back for as long as it was ahead.
        Contact.at.between(since, now + LEEWAY),
    )
