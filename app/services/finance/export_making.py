"""Background making of exports: leased, safe to run twice, on two hosts and after a kill. Half-made
files are thrown away.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Select, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from app.domain.errors import DomainError, GatewayDown, RuleBroken
from app.domain.spans import ahead
from app.models import Export, Job, Staff
from app.ports.storage import Storage
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.transaction import transaction
from app.services.finance.export_files import ExportOrder, write_files
from app.services.finance.export_queries import lapses_at
from app.services.finance.exports import PURPOSE, finished, record
from app.services.finance.register_filter import RegisterFilter

# Renewed with every batch of rows, so it only has to outlast one batch.
LEASE = timedelta(minutes=5)
WAIT = timedelta(minutes=1)
MAX_ATTEMPTS = 3
JOB = Actor("job:exports")
Present = Callable[[], datetime]
log = logging.getLogger(__name__)


class LeaseLost(DomainError):
    """Another worker took the export over: what this one wrote does not count."""

    code = "lease_lost"


@dataclass(frozen=True)
class MakingReport:
    """What became of the exports that were due."""

    made: int = 0
    left: int = 0


@dataclass(frozen=True)
class _ClaimedExport:
    """An export this worker makes; `attempt` tells it from a worker that held the lease before."""

    job_id: int
    attempt: int
    public_id: str
    actor: str
    order: ExportOrder

    @property
    def folder(self) -> str:
        return _folder(self.public_id, self.attempt)


def make_due(
    sessions: sessionmaker[Session], context: Context, *, present: Present, limit: int
) -> MakingReport:
    """Make up to `limit` exports that wait, one after another; `present` tells the time as the work
    goes on.

    Idempotent on: the job; of several workers one finishes, the others' files are thrown away.
    Source: rule book 9.
    """
    made = left = 0
    while made + left < limit:
        claimed = _claim(sessions, context.at(present()), context.gateways.storage)
        if claimed is None:
            break
        if _make(sessions, context, claimed, present):
            made += 1
        else:
            left += 1

    return MakingReport(made, left)


def delete_lapsed(session: Session, context: Context, *, storage: Storage, limit: int) -> int:
    """Delete the files of exports that need not be kept any longer, and return of how many exports.

    Idempotent on: the export; its record stays.
    Source: default policy, export_days.
    """
    done = (
        select(Export)
        # Exports of the command lie in its own folder and are the caller's to delete (ADR 0027).
        .where(Export.state == "done", Export.staff_id.is_not(None))
        .order_by(Export.id)
        .limit(limit)
    )
    over = [
        one.public_id
        for one in session.scalars(done)
        if lapses_at(session, export=one) <= context.now
    ]
    for public_id in over:
        # before the record says so: what is killed in between is done again
        _throw_away(storage, public_id)
        with transaction(session):
            mine = (
                update(Export)
                .where(Export.public_id == public_id, Export.state == "done")
                .values(state="lapsed")
            )
            # Another host may have been first; one entry is enough.
            if _rows_changed(session.execute(mine)):
                audit.record(
                    session,
                    context.by(JOB),
                    action="export.lapsed",
                    object_kind="export",
                    object_id=public_id,
                )

    return len(over)


def _claim(
    sessions: sessionmaker[Session], context: Context, storage: Storage
) -> _ClaimedExport | None:
    with sessions() as session:
        if session.scalar(_due(context.now).with_only_columns(Job.id)) is None:
            return None  # nothing to do takes no write lock

        with transaction(session):
            # Skipping what another host just takes, instead of waiting and finding it taken.
            job = session.scalars(_due(context.now).with_for_update(skip_locked=True)).one_or_none()
            if job is None:
                return None

            export = session.scalars(
                select(Export).where(Export.public_id == job.payload["export"])
            ).one()
            job.lease_until_at, job.attempts = context.now + LEASE, job.attempts + 1
            export.state, export.rows_done = "running", 0
            claimed = _ClaimedExport(
                job.id, job.attempts, export.public_id, export.actor, _order(session, export)
            )

    # After the commit: only now do the files of earlier attempts belong to nobody.
    _throw_away(storage, claimed.public_id, before=claimed.attempt)
    return claimed


def _due(now: datetime) -> Select[Job]:
    free = or_(
        Job.lease_until_at.is_(None),
        # Later than a lease lasts it was leased by a clock that was ahead.
        ~Job.lease_until_at.between(*ahead(now, LEASE)),
    )
    waiting = Job.purpose == PURPOSE, Job.state == "waiting", Job.run_at <= now
    return select(Job).where(*waiting, free).order_by(Job.run_at, Job.id).limit(1)


def _order(session: Session, export: Export) -> ExportOrder:
    staff = session.get(Staff, export.staff_id) if export.staff_id is not None else None
    who = f"{staff.display_name}（{staff.username}）" if staff else export.actor
    return ExportOrder(
        export.format, RegisterFilter.of(export.filter), who, export.purpose, export.at
    )


def _make(
    sessions: sessionmaker[Session], context: Context, claimed: _ClaimedExport, present: Present
) -> bool:
    """Write the files and finish. What breaks is tried again some times; a broken rule is not."""
    try:
        with sessions() as reader:
            written = write_files(
                reader,
                order=claimed.order,
                sheets=context.gateways.sheets,
                storage=context.gateways.storage,
                folder=claimed.folder,
                progress=lambda done, rows: _note(
                    sessions, context.at(present()), claimed, {"rows_done": done, "rows": rows}
                ),
            )

        _finish(
            sessions, context.at(present()), claimed, finished(written, present(), claimed.folder)
        )
    except LeaseLost:
        # Another worker makes it now. This one's folder has a name of its own, so deleting it harms
        # nobody (ADR 0025).
        context.gateways.storage.delete(claimed.folder)
        return False
    except Exception as problem:
        context.gateways.storage.delete(claimed.folder)
        # A broken rule would be broken again: totals do not come to agree by waiting.
        is_final = claimed.attempt >= MAX_ATTEMPTS or isinstance(problem, RuleBroken)
        if not isinstance(problem, GatewayDown | RuleBroken):
            log.exception("export broke")
        _give_up(
            sessions,
            context.at(present()),
            claimed,
            getattr(problem, "code", type(problem).__name__),
            is_final=is_final,
        )
        return False

    return True


def _note(
    sessions: sessionmaker[Session],
    context: Context,
    claimed: _ClaimedExport,
    values: dict[str, Any],
) -> None:
    """Tell how far it is, and keep the lease. Raises: LeaseLost."""
    with sessions() as session, transaction(session):
        # First the lease: a worker that has lost it must not write a figure any more.
        _hold(session, claimed, lease_until_at=context.now + LEASE)
        session.execute(
            update(Export).where(Export.public_id == claimed.public_id).values(**values)
        )


def _finish(
    sessions: sessionmaker[Session],
    context: Context,
    claimed: _ClaimedExport,
    values: dict[str, Any],
) -> None:
    """Only who holds the lease finishes. Raises: LeaseLost."""
    with sessions() as session, transaction(session):
        _hold(session, claimed, state="done", done_at=context.now, lease_until_at=None)
        session.execute(
            update(Export).where(Export.public_id == claimed.public_id).values(**values)
        )
        export = session.scalars(select(Export).where(Export.public_id == claimed.public_id)).one()
        # In the name of who asked: the job is only the hand.
        record(session, context.by(Actor(claimed.actor)), export=export, action="export.made")


def _give_up(
    sessions: sessionmaker[Session],
    context: Context,
    claimed: _ClaimedExport,
    code: str,
    *,
    is_final: bool,
) -> None:
    """Wait for another try, or end as failed."""
    with sessions() as session, transaction(session):
        try:
            _hold(
                session,
                claimed,
                state="failed" if is_final else "waiting",
                run_at=context.now + WAIT,
                lease_until_at=None,
                last_error=code,
                done_at=context.now if is_final else None,
            )
        except LeaseLost:
            return

        state = "failed" if is_final else "waiting"
        session.execute(
            update(Export)
            .where(Export.public_id == claimed.public_id)
            .values(state=state, rows_done=0)
        )
        if is_final:
            audit.record(
                session,
                context.by(JOB),
                action="export.failed",
                object_kind="export",
                object_id=claimed.public_id,
                after={"error": code},
            )


def _hold(session: Session, claimed: _ClaimedExport, **values: Any) -> None:
    # The number of the attempt is the fence: it grows with every claim, so a slow worker no longer
    # fits (ADR 0025).
    mine = Job.id == claimed.job_id, Job.state == "waiting", Job.attempts == claimed.attempt
    if not _rows_changed(session.execute(update(Job).where(*mine).values(**values))):
        raise LeaseLost


def _rows_changed(result: Any) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0


def _folder(public_id: str, attempt: int) -> str:
    return f"{public_id}.{attempt}/"


def _throw_away(storage: Storage, public_id: str, before: int = MAX_ATTEMPTS + 1) -> None:
    # By counting and not by listing: storage behind the port need not be able to list.
    for attempt in range(1, before):
        storage.delete(_folder(public_id, attempt))
