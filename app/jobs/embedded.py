"""Background work on embedded SQLite: a small loop over the table of jobs, behind the same port as
the engine on PostgreSQL.
"""

import contextlib
import logging
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Select, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import aliased

from app.db import make_engine
from app.domain.spans import ahead
from app.models import Job
from app.ports.clock import Clock, SystemClock
from app.ports.work import (
    HEARTBEAT,
    STALLED_AFTER,
    FailedPiece,
    Order,
    Perform,
    Piece,
    Task,
    WorkState,
    failed_piece,
    read_args,
    stored_args,
)

PAUSE_SECONDS = 1.0
UNDER_WAY = ("waiting", "running")
log = logging.getLogger(__name__)


class EmbeddedWork:
    """Pieces are rows of the table `jobs`; one that runs is leased, and its lease renewed by a
    thread beside it.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Clock | None = None,
        heartbeat: timedelta = HEARTBEAT,
        stalled_after: timedelta = STALLED_AFTER,
    ) -> None:
        self._url, self._clock = url, clock or SystemClock()
        self._heartbeat, self._lease = heartbeat, stalled_after

    def enqueue(self, connection: Any, order: Order) -> bool:
        """Ask for a piece of work; tell whether it was taken."""
        same = select(Job.id).where(Job.queueing_lock == order.key, Job.state.in_(UNDER_WAY))
        if order.key and connection.scalar(same.limit(1)) is not None:
            return False
        values = {
            "purpose": order.task,
            "payload": stored_args(order),
            "state": "waiting",
            "attempts": 0,
            "priority": order.priority,
            "lock": order.lock,
            "queueing_lock": order.key,
            "asked_at": self._clock.now(),
            "run_at": order.not_before_at or self._clock.now(),
            "idempotency_key": uuid.uuid4().hex,
        }
        connection.execute(insert(Job).values(values))
        return True

    def state(self, connection: Any) -> WorkState:
        """Count what waits, runs and failed."""
        counts = select(Job.state, func.count()).group_by(Job.state)
        found = {state: count for state, count in connection.execute(counts)}
        ready = Job.state == "waiting", Job.run_at <= self._clock.now()
        oldest = connection.scalar(select(func.min(Job.asked_at)).where(*ready))
        waiting, running, failed = (found.get(one, 0) for one in ("waiting", "running", "failed"))
        return WorkState(waiting, running, failed, oldest)

    def failed_count(self, connection: Any) -> int:
        """Count what failed for good."""
        return int(connection.scalar(select(func.count()).where(Job.state == "failed")) or 0)

    def failed(self, connection: Any, *, limit: int) -> tuple[FailedPiece, ...]:
        """Return what failed for good, the newest first."""
        query = select(*_TOLD).where(Job.state == "failed").order_by(Job.id.desc()).limit(limit)
        return tuple(failed_piece(*row) for row in connection.execute(query))

    def retry(self, connection: Any, *, piece_id: int) -> FailedPiece | None:
        """Have a failed piece tried anew; None where there is no such failed piece."""
        other = aliased(Job)
        twin = exists().where(other.queueing_lock == Job.queueing_lock, other.state.in_(UNDER_WAY))
        anew = {"state": "waiting", "attempts": 0, "run_at": self._clock.now(), "done_at": None}
        mine = update(Job).where(Job.id == piece_id, Job.state == "failed", ~twin).values(anew)
        row = connection.execute(mine.returning(*_TOLD)).one_or_none()
        return failed_piece(*row) if row else None

    def prune(self, connection: Any, *, before: datetime, limit: int) -> int:
        """Forget what ended before an instant, and return of how many pieces."""
        over = select(Job.id).where(Job.state.not_in(UNDER_WAY), Job.done_at < before)
        ids = connection.scalars(over.order_by(Job.id).limit(limit)).all()
        connection.execute(delete(Job).where(Job.id.in_(ids)))
        return len(ids)

    def run(self, tasks: Sequence[Task], perform: Perform, *, stop: threading.Event) -> None:
        """Run until told to stop: tasks in turn, pieces in a thread beside them."""
        with self._loop(tasks, perform) as loop:
            pieces = threading.Thread(target=loop.do_pieces, args=(stop,), name="pieces")
            pieces.start()
            try:
                loop.take_turns(stop)
            finally:
                stop.set()
                pieces.join()

    def drain(self, tasks: Sequence[Task], perform: Perform) -> None:
        """Run the pieces that can run now, and return once there is none."""
        with self._loop(tasks, perform) as loop:
            while loop.do_piece():
                pass

    @contextlib.contextmanager
    def _loop(self, tasks: Sequence[Task], perform: Perform) -> Iterator["_Loop"]:
        engine = make_engine(self._url)
        try:
            leases = _Leases(engine, self._clock, self._heartbeat, self._lease)
            yield _Loop(leases, {one.name: one for one in tasks}, perform)
        finally:
            engine.dispose()


class _Loop:
    """One process at work."""

    def __init__(self, leases: "_Leases", tasks: Mapping[str, Task], perform: Perform) -> None:
        self._leases, self._tasks, self._perform = leases, tasks, perform

    def take_turns(self, stop: threading.Event) -> None:
        """Begin each task that comes round when its time has come, one after another."""
        began: dict[str, float] = {}
        while not stop.is_set():
            for name, every in _rounds(self._tasks):
                if stop.is_set():
                    return
                if time.monotonic() - began.get(name, float("-inf")) >= every:
                    began[name] = time.monotonic()
                    with _logged(name):
                        self._perform(Piece(name, {}))
            stop.wait(PAUSE_SECONDS)

    def do_pieces(self, stop: threading.Event) -> None:
        """Do what is asked for, one after another."""
        while not stop.is_set():
            did = False
            with _logged("jobs"):
                did = self.do_piece()
            if not did:
                stop.wait(PAUSE_SECONDS)

    def do_piece(self) -> bool:
        """Do the piece that is due first; tell whether there was one."""
        claimed = self._leases.claim(tuple(self._tasks))
        if claimed is None:
            return False

        job_id, piece = claimed
        try:
            with self._leases.kept(job_id, piece.attempt):
                self._perform(piece)
        except Exception:
            log.exception("piece %s of %s broke", job_id, piece.task)
            self._leases.again(job_id, piece, self._tasks[piece.task])
        else:
            self._leases.done(job_id, piece)
        return True


class _Leases:
    """Who does which piece, on record."""

    def __init__(
        self, engine: Engine, clock: Clock, heartbeat: timedelta, lasting: timedelta
    ) -> None:
        self._engine, self._clock = engine, clock
        self._heartbeat, self._lasting = heartbeat, lasting

    def claim(self, names: tuple[str, ...]) -> tuple[int, Piece] | None:
        """Lease the piece that is due first; one that a dead worker held is one of them."""
        now = self._clock.now()
        due = _due(now, self._lasting, names)
        with self._engine.connect() as connection:
            if connection.scalar(due) is None:
                return None  # nothing to do takes no write lock
        with self._writing() as connection:
            job_id = connection.scalar(due)
            if job_id is None:
                return None
            taken = {
                "state": "running",
                "attempts": Job.attempts + 1,
                "lease_until_at": now + self._lasting,
            }
            mine = update(Job).where(Job.id == job_id).values(taken)
            row = connection.execute(mine.returning(Job.purpose, Job.payload, Job.attempts)).one()
        args, request_id = read_args(row.payload)
        return job_id, Piece(row.purpose, args, row.attempts, request_id)

    def done(self, job_id: int, piece: Piece) -> None:
        """Forget what is done: what there is to tell of it stands where it was done."""
        with self._writing() as connection:
            connection.execute(delete(Job).where(*_mine(job_id, piece.attempt)))

    def again(self, job_id: int, piece: Piece, task: Task) -> None:
        """Have it wait for the next try, or end as failed."""
        now = self._clock.now()
        is_over = piece.attempt >= task.attempts
        values = {
            "state": "failed" if is_over else "waiting",
            "run_at": now + task.wait_after(piece.attempt),
            "done_at": now if is_over else None,
            "lease_until_at": None,
        }
        with self._writing() as connection:
            connection.execute(update(Job).where(*_mine(job_id, piece.attempt)).values(values))

    @contextlib.contextmanager
    def kept(self, job_id: int, attempt: int) -> Iterator[None]:
        """Renew a lease as long as its piece is worked at."""
        done = threading.Event()

        def renew() -> None:
            while not done.wait(self._heartbeat.total_seconds()):
                # Another may hold the write lock for long; then nobody can take the piece either.
                with contextlib.suppress(OperationalError), self._writing() as connection:
                    lease = {"lease_until_at": self._clock.now() + self._lasting}
                    connection.execute(update(Job).where(*_mine(job_id, attempt)).values(lease))

        beating = threading.Thread(target=renew, name="lease", daemon=True)
        beating.start()
        try:
            yield
        finally:
            done.set()
            beating.join()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            # BEGIN IMMEDIATE, as every use case does (ADR 0002).
            writing = connection.execution_options(anhuan_write=True)
            with writing.begin():
                yield writing


_TOLD = (Job.id, Job.purpose, Job.payload, Job.attempts, Job.done_at)


def _rounds(tasks: Mapping[str, Task]) -> list[tuple[str, float]]:
    return [
        (one.name, one.every.total_seconds()) for one in tasks.values() if one.every is not None
    ]


def _due(now: datetime, lease: timedelta, names: tuple[str, ...]) -> Select[int]:
    holder = aliased(Job)
    held = exists().where(holder.lock == Job.lock, holder.state == "running", holder.id != Job.id)
    # Later than a lease lasts it was leased by a clock that was ahead.
    dead = ~Job.lease_until_at.between(*ahead(now, lease))
    return (
        select(Job.id)
        .where(
            Job.purpose.in_(names),
            or_(
                and_(Job.state == "waiting", Job.run_at <= now),
                and_(Job.state == "running", dead),
            ),
            ~held,
        )
        .order_by(Job.priority.desc(), Job.run_at, Job.id)
        .limit(1)
    )


def _mine(job_id: int, attempt: int) -> tuple[Any, ...]:
    # The number of the attempt is the fence: it grows with every claim, so a slow worker no longer
    # fits.
    return Job.id == job_id, Job.state == "running", Job.attempts == attempt


@contextlib.contextmanager
def _logged(name: str) -> Iterator[None]:
    """What breaks stops no other work; it is told and tried again."""
    try:
        yield
    except Exception:
        log.exception("%s broke", name)
