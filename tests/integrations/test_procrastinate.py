"""What is asked of the engine on PostgreSQL beyond the contract: tasks that its own records keep
silent, and a database that goes away.
"""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.integrations.work import procrastinate_work
from app.integrations.work.procrastinate_work import ProcrastinateWork
from app.ports.work import Order, Task
from tests.jobs.test_engines import ASKED, Doing, ask, running, state, wait_for
from tests.support.work import engine_of

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


def test_a_record_without_a_job_keeps_no_task_silent(database):
    """Its issue 1495: the worker that noted the tick was killed, or the job was deleted; the next
    worker takes the tick for done, and nothing runs until the next one.
    """
    engine, task = engine_of(database), Task("round", timedelta(hours=1))
    hour = int(time.time()) // 3600 * 3600
    record = text(
        "INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp, periodic_id)"
        " VALUES ('round', :at, '')"
    )
    with database.engine.begin() as connection:
        connection.execute(record, {"at": hour})
        connection.execute(record, {"at": hour + 3600})  # should the hour turn meanwhile
    doing = Doing()
    with running(engine, [task], doing):
        assert wait_for(lambda: doing.pieces)
        time.sleep(2)  # and the guard asks for it once, not at every look
    assert len(doing.pieces) == 1


def test_without_the_guard_it_stays_silent(database, monkeypatch):
    """The test above guards something: the day this fails, the guard may go."""

    async def nothing(_self):
        pass

    monkeypatch.setattr(procrastinate_work._Watch, "_wake_silent", nothing)
    hour = int(time.time()) // 3600 * 3600
    with database.engine.begin() as connection:
        for at in (hour, hour + 3600):
            connection.execute(
                text(
                    "INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp)"
                    f" VALUES ('round', {at})"
                )
            )
    doing = Doing()
    with running(engine_of(database), [Task("round", timedelta(hours=1))], doing):
        time.sleep(3)
    assert not doing.pieces


def test_a_task_whose_worker_died_with_the_next_one_waiting_goes_on(database):
    """The dead piece holds the lock of its task, the one that waits its key: neither may be kept
    waiting for the other.
    """
    task = Task("round", timedelta(seconds=1))
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO procrastinate_jobs"
                " (queue_name, task_name, lock, queueing_lock, args, status)"
                " VALUES ('work', 'round', 'round', 'round', '{\"timestamp\": 1}', 'doing'),"
                " ('work', 'round', 'round', 'round', '{\"timestamp\": 2}', 'todo')"
            )
        )
    doing = Doing()
    with running(engine_of(database), [task], doing):
        assert wait_for(lambda: len(doing.pieces) >= 2)
    assert state(database, engine_of(database)).running == 0


def test_a_piece_of_a_dead_worker_is_taken_over_once(database):
    """By whichever of two hosts looks first."""
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO procrastinate_workers (last_heartbeat)"
                " VALUES (now() - interval '1 hour')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id)"
                " SELECT 'work', 'asked', '{\"n\": \"1\"}', 'doing', id FROM procrastinate_workers"
            )
        )
    doing = Doing()
    with (
        running(engine_of(database), [ASKED], doing),
        running(engine_of(database), [ASKED], doing),
    ):
        assert wait_for(lambda: doing.pieces and not doing.now)
        time.sleep(2)
    assert [(one.args["n"], one.attempt) for one in doing.pieces] == [("1", 2)]


def test_in_production_a_dead_worker_is_missed_within_a_minute(database_kind):
    engine = ProcrastinateWork("postgresql+psycopg://nobody@localhost/none")
    assert engine._heartbeat + engine._stalled_after <= timedelta(minutes=1)


def test_a_database_that_goes_away_is_waited_for(database, monkeypatch):
    monkeypatch.setattr(procrastinate_work, "AGAIN_SECONDS", 0.2)
    engine, doing = engine_of(database), Doing()
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with running(engine, [ASKED], doing):
        ask(database, engine, Order("asked", {"n": "1"}))
        assert wait_for(lambda: doing.names() == ["1"])
        with database.engine.connect() as connection:
            connection.execute(cut)
        database.engine.dispose()
        ask(database, engine, Order("asked", {"n": "2"}))
        assert wait_for(lambda: doing.names() == ["1", "2"])
    assert threading.active_count() < 30


def test_whoever_has_a_loop_running_may_ask_for_what_can_run_now(database):
    engine, doing = engine_of(database), Doing()

    async def asked_within():
        engine.drain([ASKED], doing)

    ask(database, engine, Order("asked", {"n": "1"}))
    # In a thread: a browser of another test may have a loop running in this one.
    with ThreadPoolExecutor(1) as apart:
        apart.submit(asyncio.run, asked_within()).result()
    assert len(doing.pieces) == 1
