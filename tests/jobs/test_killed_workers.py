"""A worker that is killed at any point: its work is done by the next one, and no gateway sees a
message twice (quality T2, I12).
"""

import multiprocessing
import time
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlalchemy import select

from app.config import Settings
from app.models import AuditEntry, Contact, Export, OutboxItem
from app.services.core.transaction import transaction
from app.services.outbox import queue as outbox_queue
from app.wiring import make_gateways
from tests.factories import make_borrower
from tests.support import killed
from tests.support.acting import acting
from tests.support.databases import opened
from tests.support.exporting import asked, files_of
from tests.support.installation import KEYS
from tests.support.people import make_staff
from tests.support.sent import SentMessages
from tests.support.work import engine_of

# Forked from a process that has loaded the product and nothing else: as clean as a new one.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.support.killed"])
MESSAGES = 3
SECONDS = 120
KILLED = -9


def prepared(database, gateways) -> str:
    with database.sessions() as session:
        borrower_id = make_borrower(session, gateways.vault).id
        staff_id = make_staff(session, "finance").id
        for n in range(MESSAGES):
            with transaction(session):
                outbox_queue.enqueue_sms(
                    session,
                    acting(vault=gateways.vault),
                    purpose="security",
                    to=f"1900374000{n}",
                    text="【澄明消金】有人代您办理",
                    borrower_id=borrower_id,
                    key=f"k{n}",
                )
        return asked(session, staff_id, gateways=gateways)


def worker(database, settings, at: int = 0, *, later: int = 0) -> BaseProcess:
    """One that dies at its n-th point, if one is named; its clock stands so many seconds later."""
    arguments = (database.address, settings.instance_dir, at, timedelta(seconds=later))
    process = PROCESSES.Process(target=killed.work, args=arguments)
    process.start()
    return process


def is_done(database) -> bool:
    with database.sessions() as session:
        messages = set(session.scalars(select(OutboxItem.state)))
        exports = set(session.scalars(select(Export.state)))
        work = engine_of(database).state(session.connection())
    return (messages, exports) == ({"sent"}, {"done"}) and not work.running


def wait_for(condition, process=None) -> bool:
    """Wait until something is so, or a process has ended."""
    for _ in range(SECONDS * 10):
        if condition() or (process is not None and not process.is_alive()):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.race
def test_killed_at_each_point_the_work_is_done_once(database_servers, database_kind, tmp_path):
    """Point after point, until a worker reaches none any more."""
    at = 1
    while one_kill(database_servers(database_kind), tmp_path / str(at), at):
        at += 1
    assert at > 15


def one_kill(server, folder: Path, at: int) -> bool:
    """Kill at a point, have another go on; tell whether the point was reached."""
    with server.fresh() as url, opened(url) as database:
        environ = {"INSTANCE_DIR": str(folder), "DATABASE_URL": database.address, **KEYS}
        settings = Settings.from_env(environ)
        gateways = make_gateways(settings)
        public_id = prepared(database, gateways)

        first = worker(database, settings, at)
        assert wait_for(lambda: is_done(database), first)
        was_killed = first.exitcode == KILLED
        first.kill()
        first.join()
        began = time.monotonic()
        second = worker(database, settings, later=60)
        try:
            assert wait_for(lambda: is_done(database)), f"point {at}"
        finally:
            second.kill()
            second.join()
        # With the beat of a test: a tenth of what it is in production.
        assert time.monotonic() - began < 60

        sent = SentMessages(settings.instance_dir).all()
        assert sorted(one["to"] for one in sent) == [f"1900374000{n}" for n in range(MESSAGES)]
        with database.sessions() as session:
            assert len(session.scalars(select(Contact)).all()) == MESSAGES
            made = select(AuditEntry).where(AuditEntry.action == "export.made")
            assert len(session.scalars(made).all()) == 1
            maker = session.scalars(select(Export.staff_id)).one()
        files_of(database, gateways, public_id, maker)
        return was_killed
