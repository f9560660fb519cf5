"""Background work on PostgreSQL: procrastinate, which keeps pieces in our own database and takes
them in our own transaction.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import procrastinate
from procrastinate import exceptions, jobs, retry, worker
from psycopg.pq import TransactionStatus

from app.integrations.work import procrastinate_sql as sql
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

# Tasks that every host runs at once have a lane of their own, so that they leave room for others
# and a long one does not keep messages waiting.
LANES = {"shared": 1, "work": 3}
POOL = 6
LOOK_SECONDS = 0.2
AGAIN_SECONDS = 3
# A task that has begun nowhere for so long beyond its time is asked for once more.
GRACE = timedelta(seconds=30)
MINUTE, HOUR = 60, 3600
log = logging.getLogger(__name__)


class ProcrastinateWork:
    """Pieces are rows of procrastinate's tables, which our migrations make."""

    def __init__(
        self,
        url: str,
        *,
        heartbeat: timedelta = HEARTBEAT,
        stalled_after: timedelta = STALLED_AFTER,
    ) -> None:
        self._conninfo = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._heartbeat, self._stalled_after = heartbeat, stalled_after
        self._asking = self._app()

    def enqueue(self, connection: Any, order: Order) -> bool:
        """Ask for a piece of work; tell whether it was taken."""
        driver = _driver(connection)
        if order.key and _one(driver, sql.UNDER_WAY, {"key": order.key}):
            return False

        asked = self._asking.configure_task(
            order.task,
            queue=_lane(is_shared=False),
            lock=order.lock,
            queueing_lock=order.key,
            priority=order.priority,
            schedule_at=order.not_before_at,
            connection=driver,
        )
        try:
            # A savepoint: where another transaction asks for the same at this moment, ours goes on.
            with driver.transaction():
                asked.defer(**stored_args(order))
        except exceptions.AlreadyEnqueued:
            return False
        return True

    def state(self, connection: Any) -> WorkState:
        """Count what waits, runs and failed."""
        return WorkState(*_one(_driver(connection), sql.STATE, {}))

    def failed_count(self, connection: Any) -> int:
        """Count what failed for good."""
        return int(_one(_driver(connection), sql.FAILED_COUNT, {})[0])

    def failed(self, connection: Any, *, limit: int) -> tuple[FailedPiece, ...]:
        """Return what failed for good, the newest first."""
        rows = _driver(connection).execute(sql.FAILED, {"limit": limit}).fetchall()
        return tuple(failed_piece(*row) for row in rows)

    def retry(self, connection: Any, *, piece_id: int) -> FailedPiece | None:
        """Have a failed piece tried anew; None where there is no such failed piece."""
        row = _one(_driver(connection), sql.RETRY, {"id": piece_id})
        return failed_piece(*row) if row else None

    def prune(self, connection: Any, *, before: datetime, limit: int) -> int:
        """Forget what ended before an instant, and return of how many pieces."""
        values = {"before": before, "limit": limit}
        return int(_driver(connection).execute(sql.PRUNE, values).rowcount)

    def run(self, tasks: Sequence[Task], perform: Perform, *, stop: threading.Event) -> None:
        """Run until told to stop; a database that is away for a while is waited for."""
        while not stop.is_set():
            try:
                asyncio.run(self._run(tasks, perform, stop))
            except Exception:
                log.exception("the engine of the background work broke")
            stop.wait(AGAIN_SECONDS)

    def drain(self, tasks: Sequence[Task], perform: Perform) -> None:
        """Run the pieces that can run now, and return once there is none."""
        # In a thread of its own: whoever asks may have a loop running in theirs.
        with ThreadPoolExecutor(max_workers=1) as own:
            own.submit(asyncio.run, self._drain(tasks, perform)).result()

    async def _run(self, tasks: Sequence[Task], perform: Perform, stop: threading.Event) -> None:
        app = self._app(tasks, perform, with_periodic=True)
        async with app.open_async():
            workers = [self._worker(app, lane, most) for lane, most in LANES.items()]
            watch = asyncio.create_task(_Watch(app, tasks, self).go_on())
            told = asyncio.create_task(_tell(workers, stop))
            try:
                # One that stops by itself has lost the database: all stop, and begin anew.
                await asyncio.wait(
                    [asyncio.create_task(one.run()) for one in workers],
                    return_when=asyncio.FIRST_COMPLETED,
                )
            finally:
                for one in (watch, told):
                    one.cancel()
                await _stopped(workers)

    async def _drain(self, tasks: Sequence[Task], perform: Perform) -> None:
        app = self._app(tasks, perform)
        async with app.open_async():
            await _Watch(app, (), self).take_over()
            for lane in LANES:
                await self._worker(app, lane, 1, wait=False, listen_notify=False).run()

    def _worker(self, app: procrastinate.App, lane: str, most: int, **more: Any) -> worker.Worker:
        return worker.Worker(
            app,
            queues=[lane],
            name=lane,
            concurrency=most,
            # What is done is forgotten: what there is to tell of it stands where it was done.
            delete_jobs=jobs.DeleteJobCondition.SUCCESSFUL,
            install_signal_handlers=False,
            update_heartbeat_interval=self._heartbeat.total_seconds(),
            stalled_worker_timeout=self._stalled_after.total_seconds(),
            **more,
        )

    def _app(
        self,
        tasks: Sequence[Task] = (),
        perform: Perform | None = None,
        *,
        with_periodic: bool = False,
    ) -> procrastinate.App:
        app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(
                conninfo=self._conninfo,
                kwargs={"options": "-c timezone=UTC"},
                min_size=1,
                max_size=POOL,
            )
        )
        for task in tasks:
            registered = app.task(
                _function(task, perform),
                name=task.name,
                pass_context=True,
                queue=_lane(is_shared=task.is_shared),
                priority=task.priority,
                retry=_BackOff(task),
                lock=None if task.every is None or task.is_shared else task.name,
                queueing_lock=None if task.every is None else task.name,
            )
            if with_periodic and task.every is not None:
                app.periodic(cron=_cron(task.every))(registered)
        return app


class _Watch:
    """Looks after what the engine does not by itself: pieces whose worker died, and tasks that a
    record without a job keeps silent (its issue 1495).
    """

    def __init__(
        self, app: procrastinate.App, tasks: Sequence[Task], settings: ProcrastinateWork
    ) -> None:
        self._app = app
        self._periodic = {one.name: one.every for one in tasks if one.every is not None}
        self._every = settings._heartbeat.total_seconds()
        self._stalled_after = settings._stalled_after.total_seconds()
        # Unknown at the start and so overdue: a worker that begins asks for every task once.
        self._seen = dict.fromkeys(self._periodic, float("-inf"))

    async def go_on(self) -> None:
        while True:
            try:
                await self.take_over()
                await self._wake_silent()
            except exceptions.ConnectorException:
                log.warning("could not look after stalled work", exc_info=True)
            await asyncio.sleep(self._every)

    async def take_over(self) -> None:
        """Have what dead workers left done again, by whoever comes first."""
        values = {"seconds": self._stalled_after}
        connector = self._app.connector
        # Another piece with its key waits already and does the same.
        await connector.execute_query_async(sql.DROP_STALLED_TWINS, **values)
        for row in await connector.execute_query_all_async(sql.TAKE_OVER, **values):
            log.warning("piece %s of %s is taken over", row["id"], row["task_name"])

    async def _wake_silent(self) -> None:
        now = asyncio.get_running_loop().time()
        rows = await self._app.connector.execute_query_all_async(sql.PRESENT)
        self._seen.update({row["name"]: now for row in rows if row["name"] in self._periodic})
        for name, every in self._periodic.items():
            if now - self._seen[name] > (every + GRACE).total_seconds():
                self._seen[name] = now
                with contextlib.suppress(exceptions.AlreadyEnqueued):
                    await self._app.tasks[name].configure().defer_async(timestamp=0)


class _BackOff(retry.BaseRetryStrategy):
    """Waits twice as long each time, so that what is down is left to recover."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def get_retry_decision(
        self, *, exception: BaseException, job: jobs.Job
    ) -> retry.RetryDecision | None:
        attempt = job.attempts + 1
        if attempt >= self._task.attempts:
            return None
        wait = self._task.wait_after(attempt)
        return retry.RetryDecision(retry_in={"seconds": int(wait.total_seconds())})


def _function(task: Task, perform: Perform | None) -> Any:
    def do(context: procrastinate.JobContext, timestamp: int = 0, **args: str) -> None:
        assert perform is not None  # noqa: S101 - only an app that asks has none
        asked, request_id = read_args(args)
        perform(Piece(task.name, asked, context.job.attempts + 1, request_id))

    return do


async def _tell(workers: Sequence[worker.Worker], stop: threading.Event) -> None:
    while not stop.is_set():
        await asyncio.sleep(LOOK_SECONDS)
    for one in workers:
        one.stop()


async def _stopped(workers: Sequence[worker.Worker]) -> None:
    """Stop those that run, and wait until each has finished what it does."""
    for one in workers:
        one.stop()
    running = [one.run_task for one in workers if one.run_task is not None]
    await asyncio.gather(*running, return_exceptions=True)


def _lane(*, is_shared: bool) -> str:
    return "shared" if is_shared else "work"


def _cron(every: timedelta) -> str:
    """Write an interval as the engine takes it: seconds are a sixth column."""
    seconds = int(every.total_seconds())
    if seconds < MINUTE:
        return f"* * * * * */{seconds}"
    return f"*/{seconds // MINUTE} * * * *" if seconds < HOUR else f"0 */{seconds // HOUR} * * *"


def _driver(connection: Any) -> Any:
    """The driver's own connection, in its transaction: outside of one the engine's savepoint would
    be a transaction and commit by itself.
    """
    driver = connection.connection.driver_connection
    if driver.info.transaction_status == TransactionStatus.IDLE:
        driver.execute("SELECT 1")
    return driver


def _one(driver: Any, query: str, values: Mapping[str, Any]) -> Any:
    return driver.execute(query, values).fetchone()
