"""The background work as those see it who look after it: what fell silent, waits too long or could
not be done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, literal, select, true
from sqlalchemy.orm import Session

from app.models import JobRun, OutboxItem
from app.ports.work import FailedPiece, WorkState
from app.services.core.context import Context
from app.services.outbox.receipt_queries import messages_by_receipt
from app.services.work.tasks import TASKS

# Beyond its own interval: after so long without a run something is wrong.
SILENT_AFTER = timedelta(minutes=5)
# A message that could go has waited so long for a hand that nobody hands over any more.
LATE_AFTER = timedelta(minutes=10)
LOOKED_BACK = timedelta(days=7)
MOST = 50


@dataclass(frozen=True)
class TaskView:
    """When a task last ended, on whichever host, and how; None and zeros where it never ran."""

    name: str
    every: timedelta
    ended_at: datetime | None
    done: int
    left: int
    fault: str
    broken_since_at: datetime | None
    is_silent: bool


@dataclass(frozen=True)
class UnsentView:
    """Messages of one purpose that could not go for one reason, within the last seven days."""

    purpose: str
    state: str
    fault: str
    count: int
    last_at: datetime


@dataclass(frozen=True)
class MessagesView:
    """How many messages could go now, since when the oldest could, and which could not at all."""

    due: int
    oldest_at: datetime | None
    unsent: tuple[UnsentView, ...]
    # Of the last day: delivered, undelivered, awaited.
    by_receipt: Mapping[str, int]


@dataclass(frozen=True)
class WorkView:
    """The whole of it."""

    tasks: tuple[TaskView, ...]
    pieces: WorkState
    failed: tuple[FailedPiece, ...]
    messages: MessagesView


@dataclass(frozen=True)
class WorkHealth:
    """In figures. Units: whole seconds; messages that could not go are those of the last hour."""

    silent: tuple[str, ...]
    broken: tuple[str, ...]
    oldest_message_seconds: int
    failed_messages: int
    failed_pieces: int

    @property
    def is_well(self) -> bool:
        """Whether nobody need look."""
        late = self.oldest_message_seconds > LATE_AFTER.total_seconds()
        return not (self.silent or self.broken or late or self.troubles)

    @property
    def troubles(self) -> int:
        """Return how many things failed or fell silent."""
        return len({*self.silent, *self.broken}) + self.failed_pieces + self.failed_messages


def work_view(session: Session, context: Context) -> WorkView:
    """Return the background work as it stands."""
    engine, connection = context.gateways.work, session.connection()
    return WorkView(
        _tasks(session, context),
        engine.state(connection),
        engine.failed(connection, limit=MOST),
        _messages(session, context),
    )


def work_health(session: Session, context: Context) -> WorkHealth:
    """Return what those who watch from outside ask for; cheap however much waits."""
    tasks = _tasks(session, context)
    oldest = _oldest_due(session, context)
    failed = select(func.count()).where(_failed_lately(context))
    return WorkHealth(
        silent=tuple(one.name for one in tasks if one.is_silent),
        broken=tuple(one.name for one in tasks if one.fault),
        oldest_message_seconds=int((context.now - oldest).total_seconds()) if oldest else 0,
        failed_messages=session.scalar(failed) or 0,
        failed_pieces=context.gateways.work.state(session.connection()).failed,
    )


def work_troubles(session: Session, context: Context) -> int:
    """Return how many things failed or fell silent, as the health tells it, for the navigation of
    the desk: two queries by indexes, however much waits or was done.
    """
    failed = select(func.count()).where(_failed_lately(context)).scalar_subquery()
    # A row of nulls where no task ever ran.
    found = session.execute(
        select(failed, JobRun).select_from(select(literal(1)).subquery()).outerjoin(JobRun, true())
    ).all()
    tasks = _views([run for _failed, run in found if run], context)
    return (
        sum(1 for one in tasks if one.is_silent or one.fault)
        + int(found[0][0])
        + context.gateways.work.failed_count(session.connection())
    )


def _failed_lately(context: Context) -> ColumnElement[bool]:
    since = context.now - timedelta(hours=1)
    return and_(OutboxItem.state == "failed", OutboxItem.not_before_at.between(since, context.now))


def _tasks(session: Session, context: Context) -> tuple[TaskView, ...]:
    return _views(session.scalars(select(JobRun)).all(), context)


def _views(runs: Sequence[JobRun], context: Context) -> tuple[TaskView, ...]:
    found = {one.name: one for one in runs}
    views = []
    for task in TASKS:
        run, every = found.get(task.name), task.every or timedelta()
        views.append(
            TaskView(
                name=task.name,
                every=every,
                ended_at=run.ended_at if run else None,
                done=run.done if run else 0,
                left=run.left if run else 0,
                fault=(run.fault or "") if run else "",
                broken_since_at=run.broken_since_at if run else None,
                is_silent=run is None or context.now > run.ended_at + every + SILENT_AFTER,
            )
        )
    return tuple(views)


def _oldest_due(session: Session, context: Context) -> datetime | None:
    return session.scalar(select(func.min(OutboxItem.not_before_at)).where(_is_due(context)))


def _is_due(context: Context) -> ColumnElement[bool]:
    return and_(OutboxItem.state == "waiting", OutboxItem.not_before_at <= context.now)


def _messages(session: Session, context: Context) -> MessagesView:
    lately = OutboxItem.not_before_at > context.now - LOOKED_BACK
    columns = OutboxItem.purpose, OutboxItem.state, func.coalesce(OutboxItem.last_error, "")
    unsent = (
        select(*columns, func.count(), func.max(OutboxItem.not_before_at))
        .where(OutboxItem.state.in_(("failed", "expired", "withheld")), lately)
        .group_by(*columns)
        .order_by(func.max(OutboxItem.not_before_at).desc())
        .limit(MOST)
    )
    return MessagesView(
        due=session.scalar(select(func.count()).where(_is_due(context))) or 0,
        oldest_at=_oldest_due(session, context),
        unsent=tuple(UnsentView(*row) for row in session.execute(unsent)),
        by_receipt=messages_by_receipt(session, context, within=timedelta(days=1)),
    )
