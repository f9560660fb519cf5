"""A morning of reminders on PostgreSQL: SIZE of one day written by night and handed over by two
processes of `flask jobs run` to a gateway of 100 ms a call, beside a plain INSERT of the same rows
and bare threads at the same gateway.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg
from sqlalchemy import text

from app.config import Settings
from app.ports.sms import Sms
from app.services.outbox.queue import HANDS
from app.wiring import make_gateways
from tests.bench.made.book import Size, build
from tests.bench.nightly import database_seconds
from tests.bench.slow_gateway import BEGAN_AT, CALLS, SlowSms
from tests.support.clock import NOW
from tests.support.databases import ROOT, Database, Postgres, opened
from tests.support.installation import KEYS

SIZE = int(os.environ.get("SIZE", "1000"))
# Handed over at most, as long as it takes would be most of a morning.
HANDED = int(os.environ.get("HANDED", "0")) or SIZE
WORKERS = 2
DAY = date(2026, 11, 24)
NIGHT, MORNING = "2026-11-24T00:05:00+08:00", "2026-11-24T08:00:00+08:00"
LOOK_SECONDS = 0.25
PATIENCE_SECONDS = 4 * 3600
PART = 500
HEADING = (
    f"{'reminders':<14}{'messages':>10}{'a second':>10}{'bare':>10}{'us of workers':>15}"
    f"{'us of database':>16}{'200,000 take':>14}"
)
# Of each agreement one payment falls due on the day, and none within the days that are told before.
DUE = """
UPDATE due_dates SET due_on = CASE WHEN number = 3 THEN CAST(:day AS date)
ELSE due_on + 400 * number END
"""
WRITTEN = "SELECT count(*) FROM outbox WHERE purpose = 'reminder'"
SENT = "SELECT count(*) FROM outbox WHERE purpose = 'reminder' AND state = 'sent'"
TAKEN = "SELECT count(*) FROM outbox WHERE provider = 'slow' AND state = 'sent'"
COLUMNS = (
    "purpose, borrower_id, payload_enc, key_version, state, attempts, created_at, not_before_at, "
    "expires_at, idempotency_key"
)


@dataclass(frozen=True)
class Phase:
    """What was done, how long it took and what of the processors."""

    count: int
    seconds: float
    workers: float
    database: float

    def line(self, name: str, bare: float) -> str:
        """One line of the table."""
        rate = self.count / self.seconds
        hours, minutes = divmod(200_000 / rate / 60, 60)
        return (
            f"{name:<14}{self.count:>10}{rate:>10.1f}{bare:>10.1f}"
            f"{self.workers / self.count * 1e6:>15.0f}{self.database / self.count * 1e6:>16.0f}"
            f"{f'{hours:.0f} h {minutes:.0f} min':>14}"
        )


def measured(size: int = SIZE, handed: int = HANDED) -> Iterator[str]:
    """Write and hand over a morning, and tell how it went."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Postgres().fresh() as url,
        opened(url) as database,
    ):
        _make(database, Path(folder), size)
        calls = Path(folder, "calls")
        yield HEADING
        writing = _run(
            database, Path(folder), NIGHT, calls, lambda: _count(database, WRITTEN), size
        )
        yield writing.line("written", _bare_insert(database))
        _analyze(database)
        handing = _run(
            database, Path(folder), MORNING, calls, lambda: _count(database, SENT), handed
        )
        keys = calls.read_text().split()
        assert len(keys) == len(set(keys)), "a message was handed over twice"
        assert _count(database, TAKEN) == len(keys), (
            "what was handed over is noted, and nothing else"
        )
        yield handing.line("handed over", _bare_threads(Path(folder)))


def _make(database: Database, folder: Path, size: int) -> None:
    environ = {"INSTANCE_DIR": str(folder), "DATABASE_URL": database.address, **KEYS}
    settings = Settings.from_env(environ)
    with database.sessions() as session:
        build(database.engine, session, make_gateways(settings), settings.site, Size(size, 0))
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(DUE), {"day": DAY})
    _analyze(database)
    extra = _count(database, f"SELECT count(*) FROM due_dates WHERE due_on = '{DAY}'")
    assert extra >= size, f"{extra} of {size} fall due"


def _run(
    database: Database,
    folder: Path,
    began_at: str,
    calls: Path,
    count: Callable[[], int],
    wanted: int,
) -> Phase:
    """Run two workers until so much is done."""
    before, started = database_seconds(database), time.perf_counter()
    with _workers(database, folder, began_at, calls) as workers:
        ended = _until(workers, count, wanted)
        done = count()
    used = [os.wait4(one.pid, 0)[2] for one in workers]
    return Phase(
        done,
        ended - started,  # with the seconds in which a process starts
        sum(one.ru_utime + one.ru_stime for one in used),
        database_seconds(database) - before,
    )


@contextlib.contextmanager
def _workers(
    database: Database, folder: Path, began_at: str, calls: Path
) -> Iterator[list[subprocess.Popen[bytes]]]:
    environ = os.environ | {
        "DATABASE_URL": database.address,
        "INSTANCE_DIR": str(folder),
        "PYTHONPATH": str(ROOT),
        BEGAN_AT: began_at,
        CALLS: str(calls),
        **KEYS,
    }
    words = ("-m", "flask", "--app", "tests.bench.slow_gateway", "jobs", "run")
    with Path(folder, "workers.log").open("ab") as log:
        started = [
            subprocess.Popen(
                [sys.executable, *words], env=environ, cwd=ROOT, stdout=log, stderr=log
            )
            for _ in range(WORKERS)
        ]
    try:
        yield started
    finally:
        for one in started:
            one.terminate()


def _until(workers: list[subprocess.Popen[bytes]], count: Callable[[], int], wanted: int) -> float:
    ends = time.perf_counter() + PATIENCE_SECONDS
    while count() < wanted:
        assert all(Path(f"/proc/{one.pid}").exists() for one in workers), "a worker is gone"
        assert time.perf_counter() < ends, "it takes too long"
        time.sleep(LOOK_SECONDS)
    return time.perf_counter()


def _bare_insert(database: Database) -> float:
    """Rows a second of inserting what was written once more, and an entry for each, by one
    connection, some hundreds in a transaction.
    """
    plain = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    entry = json.dumps({"number": 3, "due_on": DAY.isoformat()})
    with psycopg.connect(plain) as connection:
        connection.execute("CREATE TABLE bare_outbox (LIKE outbox INCLUDING ALL)")
        connection.execute("CREATE SEQUENCE bare_ids")
        connection.execute("ALTER TABLE bare_outbox ALTER id SET DEFAULT nextval('bare_ids')")
        connection.execute("CREATE TABLE bare_audit (LIKE audit INCLUDING ALL)")
        rows = connection.execute(f"SELECT {COLUMNS} FROM outbox").fetchall()
        connection.commit()
        places = ", ".join(["%s"] * len(COLUMNS.split(",")))
        started = time.perf_counter()
        for first in range(0, len(rows), PART):
            part = rows[first : first + PART]
            cursor = connection.cursor()
            cursor.executemany(f"INSERT INTO bare_outbox ({COLUMNS}) VALUES ({places})", part)
            cursor.executemany(
                "INSERT INTO bare_audit VALUES"
                " (%s, %s, 'job', '-', 'reminder.written', 'plan', %s, NULL, %s, '', %s, %s)",
                [
                    (n, NOW, f"AH-{n:08d}", entry, f"{n:064x}", f"{n + 1:064x}")
                    for n in range(first, first + len(part))
                ],
            )
            connection.commit()
        taken = time.perf_counter() - started
        connection.execute("DROP TABLE bare_outbox, bare_audit; DROP SEQUENCE bare_ids")
        connection.commit()
    return len(rows) / taken


def _bare_threads(folder: Path) -> float:
    """Calls a second of as many threads as two workers have, which do nothing else."""
    gateway, count = SlowSms(folder / "bare"), 40 * WORKERS * HANDS
    started = time.perf_counter()
    with ThreadPoolExecutor(WORKERS * HANDS) as hands:
        list(hands.map(gateway.send, [Sms("19003740000", "", NOW, str(n)) for n in range(count)]))
    return count / (time.perf_counter() - started)


def _analyze(database: Database) -> None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _count(database: Database, query: str) -> int:
    with database.engine.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())


if __name__ == "__main__":
    for told in measured():
        print(told, flush=True)
