"""Background work: every job runs, a broken one stops no other, and a signal or an event ends the
loop.
"""

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from app import jobs
from app.jobs.report import Report
from app.models import Export, JobRun, OutboxItem
from app.ports.work import Task
from app.services.core.transaction import transaction
from app.services.outbox import queue as outbox_queue
from app.services.work.tasks import MINUTE
from tests.support.acting import acting
from tests.support.exporting import asked
from tests.support.people import make_staff

ROOT = Path(__file__).resolve().parents[2]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)  # for a process of its own, whose clock is real


@pytest.fixture
def surroundings(gateways, settings, clock):
    return lambda: acting(now=clock.now(), actor=jobs.ACTOR, gateways=gateways, site=settings.site)


def write(database, vault):
    with (
        database.sessions() as session,
        transaction(session),
    ):  # as a use case does: the loop may be writing too
        outbox_queue.enqueue_sms(
            session,
            acting(vault=vault),
            purpose="code",
            to="19003740000",
            text="【澄明消金】你好",
            borrower_id=None,
            key="k",
        )


def test_one_round_runs_every_job(database, gateways, surroundings, sms):
    write(database, gateways.vault)
    reports = jobs.run_all(database.sessions, surroundings, once=True)
    assert reports == (
        Report("policies", done=0),
        Report("lapsing", done=0),
        Report("keeping", done=0),
        Report("orders", done=0),
        Report("reminders", done=0),
        Report("endings", done=0),
        Report("outbox", done=1),
        Report("stamps", done=0),
        Report("papers", done=0),
        Report("ledger", done=0),
        Report("dues", done=0),
        Report("differences", done=0),
        Report("exports", done=0),
        Report("nightly", done=0),
        # The files of the day before, the first time.
        Report("lender-files", done=1),
        Report("figures", done=0),
        Report("housekeeping", done=0),
        Report("sweeping", done=0),
    )
    assert [one["to"] for one in sms.all()] == ["19003740000"]
    assert jobs.run_all(database.sessions, surroundings, once=True)[6].done == 0


def test_a_job_that_breaks_stops_no_other(database, gateways, surroundings, monkeypatch):
    def broken(*_args):
        raise RuntimeError("planted")

    write(database, gateways.vault)
    planted = jobs.Duty(Task("planted", MINUTE), broken)
    monkeypatch.setattr(jobs, "JOBS", (planted, *jobs.JOBS))
    first, *others = jobs.run_all(database.sessions, surroundings, once=True)
    assert first.left == 1
    assert [one.done for one in others if one.job == "outbox"] == [1]
    with database.sessions() as session:
        noted = dict(session.execute(select(JobRun.name, JobRun.fault)).all())
    assert (noted["planted"], noted["outbox"]) == ("RuntimeError", None)


def test_a_round_makes_what_was_asked_for(database, gateways, surroundings):
    with database.sessions() as session:
        asked(session, make_staff(session, "finance").id, gateways=gateways)
    made = {one.job: one for one in jobs.run_all(database.sessions, surroundings, once=True)}
    assert made["exports"] == Report("exports", done=1)
    with database.sessions() as session:
        assert session.scalars(select(Export.state)).one() == "done"


def test_the_work_goes_on_until_it_is_stopped(database, gateways, surroundings):
    stop = threading.Event()
    worker = threading.Thread(
        target=lambda: jobs.run_all(database.sessions, surroundings, once=False, stop=stop)
    )
    worker.start()
    write(database, gateways.vault)
    for _ in range(30_000):
        with database.sessions() as session:
            if session.scalars(select(OutboxItem.state)).one() == "sent":
                break
        stop.wait(0.01)
    stop.set()
    worker.join(300)
    assert not worker.is_alive()
    with database.sessions() as session:
        assert session.scalars(select(OutboxItem.state)).one() == "sent"


def command_of(database, folder):
    """`flask jobs run` as a process of its own."""
    environ = os.environ | {
        "DATABASE_URL": database.address,
        "INSTANCE_DIR": str(folder / "instance"),
    }
    flask = Path(sys.executable).with_name("flask")
    return subprocess.Popen(
        [flask, "--app", "wsgi", "jobs", "run"],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def ended_once(running, database, condition) -> bytes:
    """Stop the command once something is so, or it has ended; what it wrote."""
    for _ in range(6000):
        with database.sessions() as session:
            if condition(session):
                break
        if running.poll() is not None:
            break
        threading.Event().wait(0.05)
    running.send_signal(signal.SIGTERM)
    return running.communicate(timeout=300)[0]


def test_the_command_makes_what_was_asked_for(database, gateways, tmp_path):
    with database.sessions() as session:
        staff = make_staff(session, "finance")
        asked(session, staff.id, gateways=gateways)

    def is_over(session) -> bool:
        return session.scalars(select(Export.state)).one() not in ("waiting", "running")

    with command_of(database, tmp_path) as running:
        output = ended_once(running, database, is_over)
    with database.sessions() as session:
        assert session.scalars(select(Export.state)).one() == "done", output.decode()


def test_sigterm_ends_the_command_cleanly(database, tmp_path):
    with database.sessions() as session:
        session.add(
            OutboxItem(
                purpose="code",
                payload_enc=None,
                key_version=1,
                state="waiting",
                created_at=LONG_AGO,
                not_before_at=LONG_AGO,
                expires_at=LONG_AGO,
                idempotency_key="late",
            )
        )
        session.commit()

    def is_cleared(session) -> bool:  # dropped and cleared away once the loop turns
        return session.scalars(select(OutboxItem)).first() is None

    with command_of(database, tmp_path) as running:
        output = ended_once(running, database, is_cleared)
    assert running.returncode == 0, output.decode()
    with database.sessions() as session:
        assert session.scalars(select(OutboxItem)).first() is None
