"""Background making of exports: a number fences each attempt, so that it is safe to run twice, on
two hosts and after a kill. Half-made files are thrown away.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session, sessionmaker

from app.domain.errors import DomainError, GatewayDown, RuleBroken
from app.models import Export, Staff
from app.ports.storage import Storage
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.transaction import transaction
from app.services.finance.export_files import ExportOrder, LedgerDiffers, write_files
from app.services.finance.export_queries import lapses_at
from app.services.finance.export_work import MAX_ATTEMPTS
from app.services.finance.exports import finished, record
from app.services.register.filter import RegisterFilter

JOB = Actor("job:exports")
# What may be begun: also one that a killed worker left, and one that someone has tried once more.
UNMADE = ("waiting", "running", "failed")
DIED = "worker_died"
Present = Callable[[], datetime]
log = logging.getLogger(__name__)


class LeaseLost(DomainError):
    """Another worker took the export over: what this one wrote does not count."""

    code = "lease_lost"


@dataclass(frozen=True)
class _ClaimedExport:
    """An export this worker makes; `attempt` tells it from a worker that began it before."""

    public_id: str
    attempt: int
    actor: str
    order: ExportOrder

    @property
    def folder(self) -> str:
        return _folder(self.public_id, self.attempt)


def make_export(
    sessions: sessionmaker[Session],
    context: Context,
    *,
    public_id: str,
    attempt: int,
    present: Present,
) -> bool:
    """Make one export, and tell whether this worker made it; `present` tells the time as the work
    goes on, `attempt` how often the engine has handed it out.

    Idempotent on: the export; of several workers the last to begin finishes, the others' files are
    thrown away.
    Raises: what broke, for the engine to try again or to keep as failed; not a broken rule, which
    would be broken again.
    Source: rule book 9.
    """
    claimed = _claim(sessions, context, public_id)
    if claimed is None:
        return False
    if attempt > MAX_ATTEMPTS:
        # Workers died of it: enough of them.
        _give_up(sessions, context.at(present()), claimed, DIED, is_final=True)
        return False

    return _make(sessions, context, claimed, present, is_last=attempt == MAX_ATTEMPTS)


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
        (one.public_id, one.attempts)
        for one in session.scalars(done)
        if lapses_at(session, export=one) <= context.now
    ]
    for public_id, attempts in over:
        # before the record says so: what is killed in between is done again
        _throw_away(storage, public_id, before=max(attempts, MAX_ATTEMPTS) + 1)
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
    sessions: sessionmaker[Session], context: Context, public_id: str
) -> _ClaimedExport | None:
    with sessions() as session, transaction(session):
        unmade = select(Export).where(Export.public_id == public_id, Export.state.in_(UNMADE))
        export = session.scalars(unmade.with_for_update()).one_or_none()
        if export is None:
            return None
        export.state, export.rows_done, export.attempts = "running", 0, export.attempts + 1
        claimed = _ClaimedExport(public_id, export.attempts, export.actor, _order(session, export))

    # After the commit: only now do the files of earlier attempts belong to nobody. Where one of
    # them still writes its folder may not go; it deletes it itself, or the sweep does.
    with suppress(GatewayDown):
        _throw_away(context.gateways.storage, public_id, before=claimed.attempt)
    return claimed


def _order(session: Session, export: Export) -> ExportOrder:
    staff = session.get(Staff, export.staff_id) if export.staff_id is not None else None
    who = f"{staff.display_name}（{staff.username}）" if staff else export.actor
    return ExportOrder(
        export.format, RegisterFilter.of(export.filter), who, export.purpose, export.at
    )


def _make(
    sessions: sessionmaker[Session],
    context: Context,
    claimed: _ClaimedExport,
    present: Present,
    *,
    is_last: bool,
) -> bool:
    """Write the files and finish. Raises: what broke."""
    try:
        with sessions() as reader:
            written = write_files(
                reader,
                order=claimed.order,
                context=context,
                sessions=sessions,
                storage=context.gateways.storage,
                folder=claimed.folder,
                progress=lambda done, rows: _note(
                    sessions, claimed, {"rows_done": done, "rows": rows}
                ),
            )

        if written.differing:
            log.error("agreements differ from the ledger: %s", ", ".join(written.differing))
            raise LedgerDiffers

        _finish(
            sessions, context.at(present()), claimed, finished(written, present(), claimed.folder)
        )
    except LeaseLost:
        # Another worker makes it now. This one's folder has a name of its own, so deleting it harms
        # nobody (ADR 0025).
        _let_go(context, claimed)
        return False
    except Exception as problem:
        _let_go(context, claimed)
        if not isinstance(problem, GatewayDown | RuleBroken):
            log.exception("export broke")
        # A broken rule would be broken again: totals do not come to agree by waiting.
        is_final = is_last or isinstance(problem, RuleBroken)
        code = getattr(problem, "code", type(problem).__name__)
        _give_up(sessions, context.at(present()), claimed, code, is_final=is_final)
        if isinstance(problem, RuleBroken):
            return False
        raise

    return True


def _let_go(context: Context, claimed: _ClaimedExport) -> None:
    # Where the place itself is down the end is told all the same, and the sweep deletes the rest.
    with suppress(GatewayDown):
        context.gateways.storage.delete(claimed.folder)


def _note(sessions: sessionmaker[Session], claimed: _ClaimedExport, values: dict[str, Any]) -> None:
    """Tell how far it is. Raises: LeaseLost."""
    with sessions() as session, transaction(session):
        _hold(session, claimed, **values)


def _finish(
    sessions: sessionmaker[Session],
    context: Context,
    claimed: _ClaimedExport,
    values: dict[str, Any],
) -> None:
    """Only the last to begin finishes. Raises: LeaseLost."""
    with sessions() as session, transaction(session):
        _hold(session, claimed, fault=None, **values)
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
        state = "failed" if is_final else "waiting"
        try:
            _hold(session, claimed, state=state, rows_done=0, fault=code)
        except LeaseLost:
            return

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
    mine = (
        Export.public_id == claimed.public_id,
        Export.state == "running",
        Export.attempts == claimed.attempt,
    )
    if not _rows_changed(session.execute(update(Export).where(*mine).values(**values))):
        raise LeaseLost


def _rows_changed(result: Any) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0


def _folder(public_id: str, attempt: int) -> str:
    return f"{public_id}.{attempt}/"


def _throw_away(storage: Storage, public_id: str, before: int) -> None:
    # By counting and not by listing: storage behind the port need not be able to list.
    for attempt in range(1, before):
        storage.delete(_folder(public_id, attempt))
