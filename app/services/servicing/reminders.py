"""Reminders of instalments of plans that are kept: some days before, and on the day, within the
rules of contact.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain

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
    DateChange,
    DueDate,
    OutboxItem,
    Plan,
    PlanVersion,
)
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.policy import active_policy
from app.services.core.transaction import transaction
from app.services.core.working_days import days_moving_to
from app.services.keeping.readable import readable_standings
from app.services.outbox import queue as outbox_queue
from app.services.outbox.occasions import Occasion, due_state, standing_instalments
from app.services.outbox.sms_texts import message_values, sms_text

ACTOR = Actor("job:reminders")
# What counts against the numbers of C-06: messages of service and codes do not.
ASKING = ("reminder", "collection")
# SQLite takes a limited number of keys in one query.
PART = 500
WEEK = timedelta(days=7)
# What ends the key of a reminder of a changed date.
CHANGED = ":changed"


@dataclass(frozen=True)
class DueInstalment:
    """One instalment to remind of: which version's, and whether it is due today."""

    version_id: int
    plan_id: int
    borrower_id: int
    number: str
    instalment: int
    # As it moved to a working day.
    due_on: date
    is_today: bool
    # Its borrower moved it: what was written of the printed day does not count for this one.
    is_changed: bool = False

    @property
    def key(self) -> str:
        """Return the key under which this reminder is written once."""
        when = "day" if self.is_today else "before"
        changed = CHANGED if self.is_changed else ""
        return f"reminder:{self.version_id}:{self.instalment}:{when}{changed}"

    @property
    def occasion(self) -> Occasion:
        """Return what must be so when it is written, and still when it is handed over."""
        told = due_state(self.instalment, self.due_on)
        return Occasion("instalment", str(self.version_id), told)


def remind(session: Session, context: Context, *, limit: int) -> int:
    """Write the reminders of today, up to `limit`, and return how many; some hundreds in one
    transaction. Safe for several workers at once and after a kill: what is written is written.

    One that the rules of contact do not allow today is left out, and keeps no other from being
    written: the borrower was written to lately, or asked for quiet. One of the days before that was
    not written on its day, for whatever reason, is written on the next, while it is still before.
    Idempotent on: version, instalment and day; the message lapses with what it says.
    Source: default policy, reminders; C-01, C-06, quality U25.
    """
    policy = active_policy(session)[1]
    today = beijing_date(context.now)
    written = 0
    ahead = policy.contact.reminder_before_days
    moved = days_moving_to(session, first=today, last=today + timedelta(days=ahead))
    parts = (one(session, moved, today) for one in (_changed_within, _due_within))
    for part in chain.from_iterable(parts):
        # The limit counts what was written: those whom the rules keep in peace use none of it up.
        if free := _not_capped(session, context, part, policy):
            written += _write(session, context, free, policy=policy, most=limit - written)
        if written >= limit:
            break
    return written


def _key(
    number: ColumnElement[int], due_on: ColumnElement[date], moved: Mapping[date, date], today: date
) -> ColumnElement[str]:
    """Return the key of a payment's reminder as the database makes it, for its day or before."""
    is_today = due_on.in_([day for day, to in moved.items() if to == today])
    when = case((is_today, "day"), else_="before")
    return "reminder:" + cast(PlanVersion.id, String) + ":" + cast(number, String) + ":" + when


def _due_within(
    session: Session, moved: Mapping[date, date], today: date
) -> Iterator[list[DueInstalment]]:
    """Yield in parts, by day and agreement, the payments of kept plans whose printed days move to
    the days to tell of, and that nobody was told of yet.
    """
    key = _key(DueDate.number.expression, DueDate.due_on.expression, moved, today)
    query = (
        select(
            PlanVersion.id,
            Plan.id,
            Plan.borrower_id,
            Plan.number,
            DueDate.number,
            DueDate.due_on,
            DueDate.agreement_id,
        )
        .join(Agreement, Agreement.id == DueDate.agreement_id)
        .join(PlanVersion, PlanVersion.id == Agreement.version_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .where(
            Plan.active_version_id == PlanVersion.id,
            DueDate.due_on.in_(sorted(moved)),
            Plan.state.in_(KEPT_PLANS),
            ~exists().where(OutboxItem.idempotency_key == key),
        )
        # As the index has them, and what is due today first.
        .order_by(DueDate.due_on, DueDate.agreement_id, DueDate.number)
        .limit(PART)
    )
    place = tuple_(DueDate.due_on, DueDate.agreement_id, DueDate.number)
    rows = session.execute(query).all()
    while rows:
        yield [
            DueInstalment(
                version_id,
                plan_id,
                borrower_id,
                plan,
                instalment,
                moved[due_on],
                moved[due_on] == today,
            )
            for version_id, plan_id, borrower_id, plan, instalment, due_on, _agreement in rows
        ]
        *_named, payment, due_on, agreement = rows[-1]
        rows = session.execute(query.where(place > (due_on, agreement, payment))).all()


def _changed_within(
    session: Session, moved: Mapping[date, date], today: date
) -> Iterator[list[DueInstalment]]:
    """Yield in parts the payments whose borrowers moved them to a day within the same days."""
    key = _key(DateChange.number.expression, DateChange.due_on.expression, moved, today) + CHANGED
    query = (
        select(Plan, PlanVersion.id, DateChange)
        .join(Plan, Plan.id == DateChange.plan_id)
        .join(PlanVersion, PlanVersion.id == Plan.active_version_id)
        .where(
            DateChange.due_on.in_(sorted(moved)),
            Plan.state.in_(KEPT_PLANS),
            ~exists().where(OutboxItem.idempotency_key == key),
        )
        .order_by(DateChange.id)
        .limit(PART)
    )
    rows = session.execute(query).all()
    while rows:
        last = rows[-1][2].id
        yield [
            DueInstalment(
                version_id,
                plan.id,
                plan.borrower_id,
                plan.number,
                changed.number,
                moved[changed.due_on],
                moved[changed.due_on] == today,
                is_changed=True,
            )
            for plan, version_id, changed in rows
        ]
        rows = session.execute(query.where(DateChange.id > last)).all()


def _not_capped(
    session: Session, context: Context, part: list[DueInstalment], policy: Policy
) -> list[DueInstalment]:
    """Leave out at one stroke whom the counts of a day or a week keep in peace anyway: they come up
    at each round, and are many on a day on which much falls due.
    """
    counts = _counts(session, context, {one.borrower_id for one in part})
    return [one for one in part if _has_room(counts[one.borrower_id], policy)]


def _has_room(counted: tuple[int, int], policy: Policy) -> bool:
    """Whether one more keeps to the counts of a day and of a week."""
    today, week = counted
    return today < policy.contact.sms_per_day and week < policy.contact.sms_per_week


def _write(
    session: Session,
    context: Context,
    part: list[DueInstalment],
    *,
    policy: Policy,
    most: int,
) -> int:
    """Write as many of a part as the rules allow and return how many: one transaction."""
    with transaction(session):
        # Reminders for one borrower line up here, so that two cannot both be the last one of the
        # day (C-06). Whom another use case holds at this moment is left to the next turn: nobody
        # waits for anybody, and of two workers each has borrowers of its own.
        locked = (
            select(Borrower)
            .where(Borrower.id.in_({one.borrower_id for one in part}))
            .order_by(Borrower.id)
            .with_for_update(key_share=True, skip_locked=True)
        )
        people = {one.id: one for one in session.scalars(locked)}
        mine = [one for one in part if one.borrower_id in people]
        allowed = _allowed(session, context, mine, policy)[:most]
        messages = [_message(context, one, people[one.borrower_id]) for one in allowed]
        outbox_queue.enqueue_all(session, context, messages=messages)
        audit.record_all(session, context.by(ACTOR), entries=[_entry(one) for one in allowed])

    return len(allowed)


def _message(context: Context, due: DueInstalment, borrower: Borrower) -> outbox_queue.NewMessage:
    template = "due_today" if due.is_today else "due_soon"
    text = sms_text(
        template,
        language=borrower.language,
        **message_values(due.number, context.site),
        day=due.due_on,
    )
    return outbox_queue.NewMessage(
        purpose="reminder",
        to=outbox_queue.mobile_of(context.vault, borrower),
        text=text,
        borrower_id=borrower.id,
        key=due.key,
        about=due.occasion,
        # "Due today" is wrong tomorrow, and what comes before is right until then; a message held
        # up by a gateway lapses with what it says.
        expires_at=end_of(due.due_on if due.is_today else due.due_on - timedelta(days=1)),
    )


def _entry(due: DueInstalment) -> audit.Entry:
    after = {"number": due.instalment, "due_on": due.due_on.isoformat()}
    return audit.Entry("reminder.written", "plan", due.number, after=after)


def _allowed(
    session: Session, context: Context, part: list[DueInstalment], policy: Policy
) -> list[DueInstalment]:
    """Leave out what is not kept any more, paid or put off, not in the file, asked to be left in
    peace, written by another host between the list and the lock, or beyond the counts of a day and
    a week.
    """
    versions = {one.version_id for one in part}
    stand = standing_instalments(session, version_ids=versions, now=context.now)
    keys = select(OutboxItem.idempotency_key).where(
        OutboxItem.idempotency_key.in_([one.key for one in part])
    )
    told = set(session.scalars(keys))
    counts = _counts(session, context, {one.borrower_id for one in part})
    waiting = [one for one in part if one.version_id in stand and one.key not in told]
    asked = _asked_for(session, {one.plan_id for one in waiting}, beijing_date(context.now))
    allowed = []
    for due in waiting:
        today, week = counted = counts[due.borrower_id]
        if _has_room(counted, policy) and (due.plan_id, due.instalment, due.due_on) in asked:
            allowed.append(due)
            # It counts for the next one of the same borrower.
            counts[due.borrower_id] = today + 1, week + 1
    return allowed


def _asked_for(
    session: Session, plan_ids: set[int], today: date
) -> frozenset[tuple[int, int, date]]:
    """Return which payments of plans something is left of, by plan, number and date."""
    found = readable_standings(session, plan_ids=plan_ids, as_of=today)
    return frozenset(
        (plan_id, one.number, one.due_on)
        for plan_id, stands in found.items()
        for one in stands.instalments
        if one.left_fen and not one.is_regular
    )


def _counts(session: Session, context: Context, ids: set[int]) -> dict[int, tuple[int, int]]:
    """Count of each borrower the SMS that asked for payment, today and within a week; those that
    wait count on whichever day they were written, for they may go on this one.
    """
    # The day of the rule is Beijing's, the week is the last seven days.
    began = midnight(beijing_date(context.now))
    is_today = case((Contact.at >= began, 1), else_=0)
    sent = (
        select(Contact.borrower_id, func.sum(is_today), func.count())
        .where(Contact.borrower_id.in_(ids), *_asked(context.now - WEEK, context.now))
        .group_by(Contact.borrower_id)
    )
    waiting = (
        select(OutboxItem.borrower_id, func.count())
        .where(
            OutboxItem.borrower_id.in_(ids),
            OutboxItem.purpose.in_(ASKING),
            OutboxItem.state == "waiting",
            OutboxItem.created_at <= context.now + LEEWAY,
            # What has lapsed goes on no day.
            or_(OutboxItem.expires_at.is_(None), OutboxItem.expires_at > context.now),
        )
        .group_by(OutboxItem.borrower_id)
    )
    counts = dict.fromkeys(ids, (0, 0))
    for borrower_id, today, week in session.execute(sent):
        counts[borrower_id] = int(today), week
    for borrower_id, count in session.execute(waiting):
        if borrower_id is None:
            continue
        today, week = counts[borrower_id]
        counts[borrower_id] = today + count, week + count
    return counts


def _asked(since: datetime, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Contact.channel == "sms",
        Contact.purpose.in_(ASKING),
        # What no provider took reached nobody.
        Contact.result != "failed",
        # What a clock that was ahead noted keeps no reminder back for as long as it was ahead.
        Contact.at.between(since, now + LEEWAY),
    )
