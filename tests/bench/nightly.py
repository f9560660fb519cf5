"""The nightly file on PostgreSQL: first, the next day and unchanged, beside the bare csv and COPY
of the same rows, while a reader and a writer keep asking; SIZE people.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.bench.book_files import write_books
from tests.bench.memory import most_memory
from tests.bench.waiting import asking_beside
from tests.support.databases import ROOT, Database, Postgres, opened
from tests.support.installation import KEYS

PEOPLE = int(os.environ.get("SIZE", "1000"))
MIB = 1024
# Microseconds of processor time a row of the command and of the database tell what it takes also
# where the machine is busy with something else; so does how long a turn that asks nothing took.
HEADING = (
    f"{'nightly file':<13}{'rows':>10}{'rows/s':>8}{'bare':>8}{'us/row':>8}{'database':>10}"
    f"{'peak MiB':>10}{'reader s':>10}{'writer s':>10}{'nobody s':>10}{'turns':>7}"
)


def measured(people: int = PEOPLE) -> Iterator[str]:
    """Import each file by the command, in a process of its own, and tell how it went."""
    with tempfile.TemporaryDirectory() as folder:
        first, following = write_books(Path(folder), people)
        with Postgres().fresh() as url, opened(url) as database:
            yield HEADING
            for name, path in (("first", first), ("next day", following), ("unchanged", following)):
                bare = _bare(database, path)
                yield _line(name, path, bare, database, Path(folder, "instance"))


def _line(name: str, path: Path, bare: float, database: Database, instance: Path) -> str:
    with asking_beside(database, instance) as waits:
        started, before = time.perf_counter(), database_seconds(database)
        report, cpu, peak = _imported(path, database, instance)
        taken = time.perf_counter() - started
        stored = database_seconds(database) - before
    rows = report["rows"]
    assert report["state"] == ("unchanged" if name == "unchanged" else "applied"), report["state"]
    return (
        f"{name:<13}{rows:>10}{rows / taken:>8.0f}{bare:>8.0f}{cpu / rows * 1e6:>8.0f}"
        f"{stored / rows * 1e6:>10.0f}{peak / MIB:>10.0f}{waits.longest('reader'):>10.2f}"
        f"{waits.longest('writer'):>10.2f}{waits.longest('nobody'):>10.2f}{waits.count:>7}"
    )


def database_seconds(database: Database) -> float:
    """Return the processor time of the server and of its processes that have ended."""
    with database.engine.connect() as connection:
        folder = Path(connection.exec_driver_sql("SHOW data_directory").scalar_one())
    process = (folder / "postmaster.pid").read_text().split()[0]
    told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, told[11:15])) / os.sysconf("SC_CLK_TCK")


def _imported(path: Path, database: Database, instance: Path) -> tuple[dict, float, float]:
    """Run the command; return what it tells, the processor time in seconds and the most memory in
    KiB of it and of the processes that it began.
    """
    environ = (
        os.environ
        | KEYS
        | {
            "DATABASE_URL": database.address,
            "INSTANCE_DIR": str(instance),
            "PYTHONPATH": str(ROOT),
        }
    )
    words = ("-m", "flask", "--app", "wsgi", "import-book", str(path), "--confirm", "--json")
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen([sys.executable, *words], stdout=told, env=environ, cwd=ROOT)
        with most_memory(process.pid) as held:
            _, _status, used = os.wait4(process.pid, 0)
        told.seek(0)
        report = json.load(told)
    # The processes it began are counted in: it has waited for them.
    return report, used.ru_utime + used.ru_stime, max(held)


def _bare(database: Database, path: Path) -> float:
    """Rows a second of reading the file with csv and writing its cells as they are."""
    plain = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    started, rows = time.perf_counter(), 0
    with psycopg.connect(plain) as connection, path.open(encoding="gb18030", newline="") as text:
        reader = csv.reader(text)
        columns = ", ".join(f"c{place} text" for place, _ in enumerate(next(reader)))
        connection.execute(f"CREATE TABLE bare ({columns})")
        with connection.cursor().copy("COPY bare FROM STDIN") as copy:
            for row in reader:
                copy.write_row(row)
                rows += 1
        connection.commit()
        taken = time.perf_counter() - started
        connection.execute("DROP TABLE bare")
    return rows / taken


if __name__ == "__main__":
    for line in measured():
        print(line, flush=True)
