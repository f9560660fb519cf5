"""Nightly files that are taken in, each by a process of its own that may be killed on its way."""

import contextlib
import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from app.services.core.transaction import FILES
from tests.load.house import House

# The lock of whoever writes, by SQLite's own description of its WAL index.
WRITE_BYTE, HELD_LOOKS = 120, 10
TICKS = os.sysconf("SC_CLK_TCK")
READING, WRITING = 0, 1


@dataclass
class Import:
    """One run of the command: what it told, how long it took in seconds, and what each of its two
    parts, the reading and the writing, cost of the processor.
    """

    report: dict[str, object]
    taken: float
    writing: float
    spent: tuple[float, float]
    fault: str = ""

    @property
    def rejected(self) -> set[int]:
        """The lines that were not stored."""
        return {one["line"] for one in self.report["rejected"]}


class Files:
    """Imports into one installation, each a process, and how to see that one writes."""

    def __init__(self, found: House) -> None:
        self._house = found
        self._is_sqlite = found.database.kind == "sqlite"

    def whole(self, path: Path) -> Import:
        """Take in a file to the end."""
        began = time.monotonic()
        process = self._begun(path)
        told: list[str] = []
        hearing = threading.Thread(target=lambda: told.extend(process.communicate()))
        hearing.start()
        begins, spent, last, wrote = [0.0, 0.0], [0.0, 0.0], 0, began
        for part in self._parts(process, path):
            now = _spent(process.pid)
            if part != last or not begins[part]:
                begins[part], last = now, part
                wrote = time.monotonic()
            spent[part] = max(spent[part], now - begins[part])
        has_written = time.monotonic()
        hearing.join()
        ended = time.monotonic()
        fault = "" if process.returncode == 0 else f"import: {told[0][-300:]} {told[1][-600:]}"
        report = json.loads(told[0] or "{}")
        return Import(report, ended - began, has_written - wrote, (spent[0], spent[1]), fault)

    def killed(self, path: Path, which: int, after: float) -> str:
        """Take in a file, and kill it when one of its parts has cost so much; return what was
        wrong.
        """
        process = self._begun(path)
        begin, part = None, None
        for part in self._parts(process, path):
            if part == which:
                begin = _spent(process.pid) if begin is None else begin
                if _spent(process.pid) - begin >= after:
                    break
            elif part > which:
                break
        children = _children(process.pid)
        if process.poll() is not None:
            return "the import had ended before it was killed"
        process.kill()
        process.communicate()
        until = time.monotonic() + 30
        while any(map(_lives, children)) or self.writes(process.pid):
            if time.monotonic() > until:
                return f"of a killed import lives on: {[one for one in children if _lives(one)]}"
            time.sleep(0.1)
        return "" if part == which else "the import was in another part when it was killed"

    def _begun(self, path: Path) -> subprocess.Popen:
        return self._house.begun("import-book", str(path), "--confirm", "--json")

    def _parts(self, process: subprocess.Popen, path: Path) -> Iterator[int]:
        """Tell again and again in which of its parts it is, from when it has begun until it has
        written.
        """
        part = None
        while process.poll() is None:
            if part is None and _has_open(process.pid, path):
                part = READING
            writes = self.writes(process.pid)
            if part == WRITING and not writes:
                return
            if part == READING and writes:
                part = WRITING
            if part is not None:
                yield part
            time.sleep(0.02)

    def writes(self, process: int) -> bool:
        """Whether the file is being written; PostgreSQL has one at a time."""
        if self._is_sqlite:
            return _holds(process, Path(self._house.database.url.database))
        held = "locktype = 'advisory' AND classid = :files AND granted"
        with self._house.database.engine.connect() as connection:
            query = text(f"SELECT count(*) FROM pg_locks WHERE {held}")
            return bool(connection.scalar(query, {"files": FILES}))


def _holds(process: int, database: Path) -> bool:
    """Whether a process has the lock of SQLite's writers, and for longer than a page does."""
    shared = database.with_name(f"{database.name}-shm")
    if not shared.exists():  # nobody has opened it yet
        return False
    number = shared.stat().st_ino
    of_writers = re.compile(rf"WRITE {process} \S+:{number} {WRITE_BYTE} {WRITE_BYTE}\n")
    for _look in range(HELD_LOOKS):
        if not of_writers.search(Path("/proc/locks").read_text()):
            return False
        time.sleep(0.03)
    return True


def _has_open(process: int, path: Path) -> bool:
    with contextlib.suppress(OSError):
        return any(os.readlink(one) == str(path) for one in Path(f"/proc/{process}/fd").iterdir())
    return False


def _children(process: int) -> list[int]:
    with contextlib.suppress(OSError):
        told = Path(f"/proc/{process}/task/{process}/children").read_text()
        return [int(one) for one in told.split()]
    return []


def _spent(process: int) -> float:
    """What a process and those it began have cost so far, in seconds of the processor."""
    ticks = 0
    for one in (process, *_children(process)):
        with contextlib.suppress(OSError):
            # Counted from the state on: user, system, and both of the children that have ended.
            told = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, told[11:15]))
    return ticks / TICKS


def _lives(process: int) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
