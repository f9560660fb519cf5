"""Background work: each job runs in turn, once or until told to stop."""

import itertools
import logging
import signal
import threading
from collections.abc import Callable
from types import FrameType

from sqlalchemy.orm import Session, sessionmaker

from app.jobs import (
    exports,
    housekeeping,
    lapsing,
    nightly,
    outbox,
    policies,
    reminders,
    stamps,
    sweeping,
)
from app.jobs.report import Report
from app.services.core.context import Actor, Context

Job = Callable[[sessionmaker[Session], Context, int], Report]

EVERY_TURN, EVERY_MINUTE, EVERY_TEN_MINUTES, EVERY_HOUR = 1, 20, 200, 1200
JOBS: tuple[tuple[Job, int], ...] = (
    (policies.run, EVERY_MINUTE),
    (lapsing.run, EVERY_MINUTE),
    (reminders.run, EVERY_TEN_MINUTES),
    (outbox.run, EVERY_TURN),
    (stamps.run, EVERY_MINUTE),
    (exports.run, EVERY_TURN),
    (nightly.run, EVERY_TURN),
    (housekeeping.run, EVERY_TEN_MINUTES),
    (sweeping.run, EVERY_HOUR),
)
ACTOR = Actor("job:-")  # each job names itself where it writes
LIMIT = 200
PAUSE_SECONDS = 3
log = logging.getLogger(__name__)


def run_all(
    sessions: sessionmaker[Session],
    surroundings: Callable[[], Context],
    *,
    once: bool,
    stop: threading.Event | None = None,
) -> tuple[Report, ...]:
    """Run every job, once, or again and again until SIGTERM, SIGINT or `stop`; return the last
    reports. Each begins in surroundings of its own, at its own instant.

    Each piece of work is leased in the database, so that several processes may run this side by
    side.
    """
    stop = stop or threading.Event()
    if not once:
        _stop_on_signals(stop)

    for turn in itertools.count():
        reports = tuple(
            _run(job, sessions, surroundings) for job, every in JOBS if turn % every == 0
        )
        if once or stop.wait(PAUSE_SECONDS):
            break

    return reports


def _run(job: Job, sessions: sessionmaker[Session], surroundings: Callable[[], Context]) -> Report:
    """One job that breaks must not stop the others; it is told and tried again at the next turn."""
    try:
        report = job(sessions, surroundings(), LIMIT)
    except Exception:
        log.exception("job broke")
        return Report(job.__module__.rpartition(".")[2], done=0, left=1)

    if report.done or report.left:
        log.info("job %s: %s done, %s left", report.job, report.done, report.left)

    return report


def _stop_on_signals(stop: threading.Event) -> None:
    if threading.current_thread() is not threading.main_thread():
        return  # only the main thread may listen to signals; the caller's event stops us

    def leave(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
