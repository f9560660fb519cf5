"""Background work: which tasks there are, and how one is done; the engine behind the port says
when, and on which host.
"""

import signal
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import FrameType

import structlog
from sqlalchemy.orm import Session, sessionmaker
from structlog.contextvars import bound_contextvars

from app.jobs import (
    differences,
    dues,
    endings,
    exports,
    figures,
    housekeeping,
    keeping,
    lapsing,
    ledger,
    lender_files,
    nightly,
    orders,
    outbox,
    papers,
    policies,
    reminders,
    stamps,
    sweeping,
)
from app.jobs.report import Report
from app.ports.work import Piece, Task
from app.services.core.context import Actor, Context
from app.services.work.runs import note_run
from app.services.work.tasks import TASKS

Round = Callable[[sessionmaker[Session], Context, int], Report]
Make = Callable[[sessionmaker[Session], Context, Piece], Report]


@dataclass(frozen=True)
class Duty:
    """A task with what it does when it comes round, and to a piece that was asked for."""

    task: Task
    run: Round
    make: Make | None = None


RUNS: dict[str, tuple[Round, Make | None]] = {
    "policies": (policies.run, None),
    "lapsing": (lapsing.run, None),
    "keeping": (keeping.run, None),
    "orders": (orders.run, None),
    "reminders": (reminders.run, None),
    "endings": (endings.run, None),
    "outbox": (outbox.run, None),
    "stamps": (stamps.run, None),
    "papers": (papers.run, None),
    "ledger": (ledger.run, None),
    "dues": (dues.run, None),
    "differences": (differences.run, None),
    "exports": (exports.run, exports.make),
    "nightly": (nightly.run, None),
    "lender-files": (lender_files.run, None),
    "figures": (figures.run, None),
    "housekeeping": (housekeeping.run, None),
    "sweeping": (sweeping.run, None),
}
JOBS: tuple[Duty, ...] = tuple(Duty(task, *RUNS[task.name]) for task in TASKS)
ACTOR = Actor("job:-")  # each job names itself where it writes
LIMIT = 200
FAULT_CHARS = 40
log = structlog.get_logger()


def run_all(
    sessions: sessionmaker[Session],
    surroundings: Callable[[], Context],
    *,
    once: bool,
    stop: threading.Event | None = None,
) -> tuple[Report, ...]:
    """Run every job, once, or again and again until SIGTERM, SIGINT or `stop`; return what the one
    round did. Each begins in surroundings of its own, at its own instant.

    Several processes on several hosts may run this side by side.
    """
    worker = Worker(sessions, surroundings, JOBS)
    engine = surroundings().gateways.work
    if once:
        for job in JOBS:
            worker.perform(Piece(job.task.name, {}))
        engine.drain(worker.tasks, worker.perform)
    else:
        stop = stop or threading.Event()
        _stop_on_signals(stop)
        engine.run(worker.tasks, worker.perform, stop=stop)

    return worker.reports


class Worker:
    """Does what the engine hands out, and notes how it went."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        surroundings: Callable[[], Context],
        jobs: tuple[Duty, ...],
    ) -> None:
        self._sessions, self._surroundings = sessions, surroundings
        self._jobs = {one.task.name: one for one in jobs}
        self._done = {one.task.name: Report(one.task.name, 0) for one in jobs}
        self.tasks = tuple(one.task for one in jobs)

    @property
    def reports(self) -> tuple[Report, ...]:
        """What was done since the beginning, by job."""
        return tuple(self._done.values())

    def perform(self, piece: Piece) -> None:
        """Do a piece. What breaks is noted; a piece that was asked for raises it, so that the
        engine tries again, and a task that comes round does so anyway.
        """
        # Asked for by a request it goes on under its name; what comes round has one of its own.
        request_id = piece.request_id or uuid.uuid4().hex
        with bound_contextvars(request_id=request_id, job=piece.task):
            self._perform(piece, replace(self._surroundings(), request_id=request_id))

    def _perform(self, piece: Piece, context: Context) -> None:
        job, fault = self._jobs[piece.task], None
        if piece.args:
            log.info("piece", attempt=piece.attempt, args=dict(piece.args))
        try:
            if piece.args and job.make is not None:
                report = job.make(self._sessions, context, piece)
            else:
                report = job.run(self._sessions, context, LIMIT)
        except Exception as problem:
            fault = str(getattr(problem, "code", type(problem).__name__))[:FAULT_CHARS]
            report = Report(piece.task, done=0, left=1)
            self._note(context, report, fault)
            if piece.args:
                raise
            log.exception("job_broke", fault=fault)
        else:
            self._note(context, report, None)

    def _note(self, context: Context, report: Report, fault: str | None) -> None:
        if report.done or report.left:
            log.info("job_done", done=report.done, left=report.left, fault=fault)
        before = self._done[report.job]
        done, left = before.done + report.done, before.left + report.left
        self._done[report.job] = replace(before, done=done, left=left)
        try:
            with self._sessions() as session:
                note_run(
                    session,
                    context,
                    name=report.job,
                    done=report.done,
                    left=report.left,
                    fault=fault,
                )
        except Exception:
            log.exception("run_not_noted")


def _stop_on_signals(stop: threading.Event) -> None:
    if threading.current_thread() is not threading.main_thread():
        return  # only the main thread may listen to signals; the caller's event stops us

    def leave(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
