"""How much waits, since when, and how the background work does, as figures for those who watch:
counts and seconds, nobody's name, number or address.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.calendar import end_of
from app.models import CallbackRequest, Export, JobRun, OutboxItem, QueuePlace, Thread
from app.services.core.context import Context
from app.services.outbox.receipt_queries import messages_by_receipt
from app.services.queue.counts import desk_counts
from app.services.queue.queries import is_ours
from app.services.work.work_queries import WorkHealth, work_health

# What became of the messages whose time came within so long.
MESSAGES_OF = timedelta(hours=1)
SECOND = timedelta(seconds=1)
BACKLOG = ("waiting", "running")


@dataclass(frozen=True)
class Gauge:
    """One figure; `label` is of a small set: a queue, a state, a task. Units: `name` ends with
    them, otherwise pieces.
    """

    name: str
    label: str
    value: int


def gauges(session: Session, context: Context) -> tuple[Gauge, ...]:
    """Return every figure as it is now, by a handful of indexed queries however much there is."""
    health = work_health(session, context)
    return (
        *_desk(session, context),
        *_messages(session, context, health),
        *_exports(session, context),
        *_tasks(session, context, health),
        *_pieces(session, context),
    )


def _desk(session: Session, context: Context) -> Iterator[Gauge]:
    """Cases, callbacks and messages: how many, how long the first in line waits, and how long until
    the first promise is due; beyond it the figure is below zero.
    """
    counted = desk_counts(session)
    for queue, name in (("cases", "plans"), ("callbacks", "callbacks"), ("messages", "messages")):
        yield Gauge("waiting", queue, counted[name])
    firsts = _first_case(), _first_callback(), _first_message()
    for queue, query in zip(("cases", "callbacks", "messages"), firsts, strict=True):
        first = session.execute(query).first()
        since, due = first if first else (None, None)
        yield Gauge("oldest_seconds", queue, _seconds(context.now, since))
        if due is not None:
            due_at = due if isinstance(due, datetime) else end_of(due)
            yield Gauge("first_due_seconds", queue, (due_at - context.now) // SECOND)


def _first_case() -> Any:
    place = QueuePlace
    return (
        select(place.submitted_at, place.due_on)
        .where(is_ours(place))
        .order_by(place.due_on, place.submitted_at, place.version_id)
        .limit(1)
    )


def _first_callback() -> Any:
    is_open = CallbackRequest.state == "open"
    return select(func.min(CallbackRequest.asked_at), func.min(CallbackRequest.answer_by_at)).where(
        is_open
    )


def _first_message() -> Any:
    since = func.coalesce(Thread.last_at, Thread.opened_at)
    return (
        select(since, Thread.answer_by_at)
        .where(Thread.state == "open")
        .order_by(Thread.answer_by_at, Thread.id)
        .limit(1)
    )


def _messages(session: Session, context: Context, health: WorkHealth) -> Iterator[Gauge]:
    due = select(func.count()).where(
        OutboxItem.state == "waiting", OutboxItem.not_before_at <= context.now
    )
    yield Gauge("waiting", "sms", session.scalar(due) or 0)
    yield Gauge("oldest_seconds", "sms", health.oldest_message_seconds)
    states = ("waiting", "sent", "failed", "expired", "withheld", "dropped")
    lately = OutboxItem.not_before_at.between(context.now - MESSAGES_OF, context.now)
    by_state = (
        select(OutboxItem.state, func.count())
        .where(OutboxItem.state.in_(states), lately)
        .group_by(OutboxItem.state)
    )
    found = dict.fromkeys(states, 0) | {state: n for state, n in session.execute(by_state)}
    yield from (Gauge("sms_last_hour", state, n) for state, n in found.items())
    told = messages_by_receipt(session, context, within=MESSAGES_OF)
    yield from (Gauge("sms_receipts_last_hour", state, n) for state, n in told.items())


def _exports(session: Session, context: Context) -> Iterator[Gauge]:
    waits = select(func.count(), func.min(Export.at)).where(Export.state.in_(BACKLOG))
    count, since = session.execute(waits).one()
    yield Gauge("waiting", "exports", count)
    yield Gauge("oldest_seconds", "exports", _seconds(context.now, since))


def _tasks(session: Session, context: Context, health: WorkHealth) -> Iterator[Gauge]:
    # Ten rows, one a task.
    for run in session.scalars(select(JobRun).order_by(JobRun.name)):
        yield Gauge("job_last_run_seconds", run.name, _seconds(context.now, run.ended_at))
        yield Gauge("job_broken_seconds", run.name, _seconds(context.now, run.broken_since_at))
        yield Gauge("job_left", run.name, run.left)
    yield from (Gauge("job_silent", name, 1) for name in health.silent)


def _pieces(session: Session, context: Context) -> Iterator[Gauge]:
    pieces = context.gateways.work.state(session.connection())
    yield Gauge("waiting", "work", pieces.waiting)
    yield Gauge("oldest_seconds", "work", _seconds(context.now, pieces.oldest_at))
    yield Gauge("work_running", "", pieces.running)
    yield Gauge("work_failed", "", pieces.failed)


def _seconds(now: datetime, since: datetime | None) -> int:
    return max(0, (now - since) // SECOND) if since else 0
