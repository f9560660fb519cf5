"""T14: on SQLite 32 people write a hundred times each, while a reader stays open and checkpoints
are made; nobody is shown a locked database, and all of it is stored.
"""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlalchemy import select

from app.models import PlanVersion
from tests.load.browser import Answer, Browser, NoAnswer
from tests.load.house import small_house
from tests.load.killed import violations
from tests.load.pace import Times
from tests.load.people import new_borrower, phone_of
from tests.load.walks import shown, to_monthly

WRITERS, WRITES, WORKERS = 32, 100, 2
# The last two of each are the plan that is chosen and the proposal.
ANSWERS = WRITES - 2
FIRST_YUAN, LAST_YUAN = 1_200, 1_300
MOST_P99_SECONDS, MOST_WAL_BYTES = 5.0, 64 * 2**20
CHECKPOINT_SECONDS, TRIES = 0.5, 60
LOCKED, BUSY = "database is locked", "系统正在忙"


@dataclass
class Scribe:
    """A borrower who writes all the time, and what became of it."""

    phone: Browser
    loan: str
    loan_id: int
    times: Times
    path: Path
    stored: int = 0
    refused: int = 0
    version: str = ""
    faults: list[str] = field(default_factory=list)

    def go(self) -> None:
        """Answer, choose and propose."""
        try:
            with contextlib.closing(sqlite3.connect(self.path, timeout=60)) as line:
                page = self._begun()
                for number in range(ANSWERS):
                    yuan = LAST_YUAN if number == ANSWERS - 1 else FIRST_YUAN + number
                    answer = self._write(partial(self.phone.sent, page, answer=str(yuan)))
                    self._kept(line, yuan)
            self._propose(self._shown(answer))
        except Exception as problem:
            self.faults.append(f"{type(problem).__name__} {problem}")

    def _begun(self) -> Answer:
        for _try in range(TRIES):
            with contextlib.suppress(Exception):
                return shown(to_monthly(self.phone, self.loan))
            time.sleep(0.2)
        return shown(to_monthly(self.phone, self.loan))

    def _shown(self, answer: Answer) -> Answer:
        """Where a form leads, by its location."""
        page = self._heard(partial(self.phone.get, answer.location))
        if page.path.endswith("/household"):
            page = self._heard(partial(self.phone.send, page, button="skip"))
        return page

    def _propose(self, page: Answer) -> None:
        choose = partial(self.phone.sent, page, button="choose", choice="best_fit")
        page = self._heard(partial(self.phone.get, self._write(choose).location))
        self.stored += 1
        answer = self._write(partial(self.phone.sent, page, action="/plan/check"))
        self.version = answer.location.split("/")[-2]

    def _write(self, act: Callable[[], Answer]) -> Answer:
        """Send a form until it is taken, the very same each time; all of that is its time."""
        began = time.monotonic()
        answer = self._heard(act)
        if answer.status not in (302, 303):
            raise AssertionError(f"{answer.status} at {answer.path}")
        self.times.note("write")(answer.path, answer.status, time.monotonic() - began)
        return answer

    def _heard(self, act: Callable[[], Answer]) -> Answer:
        for _try in range(TRIES):
            try:
                answer = act()
            except NoAnswer as problem:
                self.faults.append(f"no answer: {problem}")
                continue
            if LOCKED in answer.text or answer.status == 500:
                self.faults.append(f"{answer.status} at {answer.path}: {answer.text[:80]!r}")
            elif answer.status == 503 and BUSY in answer.text:
                self.refused += 1
            elif answer.status < 500:
                return answer
            else:
                self.faults.append(f"{answer.status} without words at {answer.path}")
            time.sleep(0.1)
        raise AssertionError("refused again and again")

    def _kept(self, line: sqlite3.Connection, yuan: int) -> None:
        query = "SELECT json_extract(answers, '$.monthly_fen') FROM plan_drafts WHERE loan_id = ?"
        found = line.execute(query, (self.loan_id,)).fetchone()
        if found == (yuan * 100,):
            self.stored += 1
        else:
            self.faults.append(f"answered {yuan}, stored {found}")


class Beside:
    """One reader with what it saw at the beginning, and checkpoints; beside them how large the log
    grows.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._log = path, path.with_name(f"{path.name}-wal")
        self.largest = self.checkpoints = self.whole = 0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=one) for one in (self._check, self._weigh)]

    def _line(self) -> contextlib.closing:
        line = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
        return contextlib.closing(line)

    def _check(self) -> None:
        with self._line() as line:
            while not self._stop.wait(CHECKPOINT_SECONDS):
                with contextlib.suppress(sqlite3.OperationalError):
                    is_busy = line.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                    self.whole += not is_busy
                self.checkpoints += 1

    def _weigh(self) -> None:
        while not self._stop.wait(0.05):
            self.largest = max(self.largest, self._log.stat().st_size)

    def __enter__(self) -> "Beside":
        self._reader = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        self._reader.execute("BEGIN")
        self.seen = self._told()
        for one in self._threads:
            one.start()
        return self

    def _told(self) -> int:
        return self._reader.execute("SELECT count(*) FROM plan_versions").fetchone()[0]

    def __exit__(self, *_of: object) -> None:
        self._stop.set()
        for one in self._threads:
            one.join()
        self.is_same = self._told() == self.seen
        self._reader.close()
        with self._line() as line:
            self.left = line.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def run(folder: Path) -> list[str]:
    """Write all of it; return everything that was wrong."""
    with small_house(folder) as found:
        path = Path(found.database.url.database)
        port = found.serve("web", workers=WORKERS)
        times, scribes = Times(), []
        with found.database.sessions() as session:
            for number in range(WRITERS):
                borrower, loan = new_borrower(session, found, number)
                session.commit()
                phone = phone_of(session, found, borrower, port)
                phone.note = times.note("request")
                scribes.append(Scribe(phone, loan.public_id, loan.id, times, path))
        found.database.engine.dispose()
        began = time.monotonic()
        with Beside(path) as beside:
            threads = [threading.Thread(target=one.go) for one in scribes]
            for one in threads:
                one.start()
            for one in threads:
                one.join()
        taken = time.monotonic() - began
        with found.database.sessions() as session:
            versions = [one.version for one in scribes if one.version]
            query = select(PlanVersion.public_id).where(PlanVersion.public_id.in_(versions))
            proposals = len(session.scalars(query).all())
        stored = proposals + sum(one.stored for one in scribes)
        print("\n".join(times.lines()))
        print(
            f"{stored} of {WRITERS * WRITES} stored in {taken:.0f} s, {proposals} proposals; "
            f"{sum(one.refused for one in scribes)} refused with words and sent again; "
            f"log at most {beside.largest / 2**20:.1f} MiB beside a reader open all the while, "
            f"{beside.checkpoints} checkpoints, {beside.whole} of them to the end; after it "
            f"{beside.left}",
            flush=True,
        )
        return _wrong(scribes, stored, times, beside) + violations(found)


def _wrong(scribes: list[Scribe], stored: int, times: Times, beside: Beside) -> list[str]:
    rules = {
        f"{stored} stored": stored == WRITERS * WRITES,
        f"p99 {times.at(99, 'write'):.1f} s": times.at(99, "write") <= MOST_P99_SECONDS,
        f"log of {beside.largest} bytes": beside.largest <= MOST_WAL_BYTES,
        "the reader saw what came later": beside.is_same,
        f"the log stays: {beside.left}": beside.left[:2] == (0, 0),
    }
    wrong = [words for words, holds in rules.items() if not holds]
    return wrong + [words for one in scribes for words in one.faults]
