"""Who writes next on SQLite: one line of all threads of all processes, by who came first."""

import fcntl
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

BEGIN = "BEGIN IMMEDIATE"
# Of a connection whose work is worth less waiting: an execution option, in milliseconds.
PATIENCE = "anhuan_patience_ms"
# Only the first of each process looks so often.
LOOK_SECONDS = 0.002
PRIMARY_CODE = 0xFF  # of SQLite's errors, without what it adds


class WritersLine:
    """The line before one database. SQLite's own waiting is by chance: who waits long looks ever
    less often, and whoever comes just then goes first (ADR 0074).
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._line: deque[threading.Event] = deque()

    def begin(self, connection: Connection) -> None:
        """Begin a transaction that writes; waited for as long as the connection has patience.

        Raises: OperationalError as SQLite would.
        """
        raw = connection.connection.dbapi_connection
        assert isinstance(raw, sqlite3.Connection)  # noqa: S101 - listened for there only
        usual_ms = raw.execute("PRAGMA busy_timeout").fetchone()[0]
        patience_ms = connection.get_execution_options().get(PATIENCE, usual_ms)
        until = time.monotonic() + patience_ms / 1000
        raw.execute("PRAGMA busy_timeout = 0")
        try:
            with self._first_here(until), _first_of_all(raw, until):
                while (code := _refused(raw)) == sqlite3.SQLITE_BUSY and time.monotonic() < until:
                    time.sleep(LOOK_SECONDS)
            if code:
                connection.exec_driver_sql(BEGIN)  # what is wrong is told as of any statement
        finally:
            raw.execute(f"PRAGMA busy_timeout = {usual_ms}")

    @contextmanager
    def _first_here(self, until: float) -> Iterator[None]:
        """Wait until no thread of this process is before this one, or until it is too late."""
        mine = threading.Event()
        with self._guard:
            self._line.append(mine)
            self._line[0].set()
        try:
            mine.wait(max(0.0, until - time.monotonic()))
            yield
        finally:
            with self._guard:
                self._line.remove(mine)
                if self._line:
                    self._line[0].set()


@contextmanager
def _first_of_all(raw: sqlite3.Connection, until: float) -> Iterator[None]:
    """The same among processes: a lock on the folder, so that no file is needed beside the
    database.
    """
    path = raw.execute("PRAGMA database_list").fetchone()[2]
    if not path:  # in memory
        yield
        return
    door = os.open(Path(path).parent, os.O_RDONLY)
    try:
        while not _is_locked(door) and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
        yield
    finally:
        os.close(door)  # which opens it to the next


def _is_locked(door: int) -> bool:
    try:
        fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_busy(error: OperationalError) -> bool:
    """Whether all that was wrong is that others were writing on SQLite."""
    code = getattr(error.orig, "sqlite_errorcode", 0)
    return code & PRIMARY_CODE == sqlite3.SQLITE_BUSY


def _refused(raw: sqlite3.Connection) -> int:
    """Begin; return the code of what stands against it, if anything does."""
    try:
        raw.execute(BEGIN)
    except sqlite3.OperationalError as refused:
        return refused.sqlite_errorcode & PRIMARY_CODE
    return 0
