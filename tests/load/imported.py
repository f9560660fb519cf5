"""T11: 20,000 loans are taken in while ten exports at a time are made and people go on; the import
is killed twice and begun again.
"""

import contextlib
import csv
import json
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.domain.errors import DomainError
from app.domain.nightly_row import COLUMNS, PRODUCT
from app.models import Agreement, Borrower, Loan
from app.services.core.transaction import FILES
from app.services.upkeep.invariants import check_invariants
from tests.bench.book_files import write_books
from tests.load.browser import Browser, NoAnswer
from tests.load.exported import Exporting, amounts
from tests.load.house import House, house, small_house
from tests.load.pace import Times, paced
from tests.load.people import address_of, chance, staff_at_desk
from tests.load.restarted import Writer
from tests.load.served import GoingClock
from tests.load.stored import differing, digests, file_wrongly
from tests.load.walks import Refused, shown, to_monthly
from tests.support.databases import Database, opened
from tests.support.exporting import copies, signed
from tests.support.people import sign_in_as

PEOPLE = 12_000
MARK = "新"
SIGNED, COPIES, PHONES, WRITERS = 12, 150, 60, 6
ACTS_A_SECOND, SIGN_EVERY_SECONDS = 8.0, 2.0
MOST_P95_SECONDS, HELD_LOOKS = 1.0, 10
# Where an import is killed: so far on the way to its writing, and so far through that.
HALF = 0.5


@dataclass
class Import:
    """One run of the command: how it ended, when it began to write and how long all of it took."""

    report: dict[str, object]
    taken: float
    wrote_after: float
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
        reading = threading.Thread(target=lambda: told.extend(process.communicate()))
        reading.start()
        wrote = self._written(process, began)
        reading.join()
        taken = time.monotonic() - began
        fault = "" if process.returncode == 0 else f"import: {told[0][-300:]} {told[1][-600:]}"
        return Import(json.loads(told[0] or "{}"), taken, wrote, fault)

    def killed(self, path: Path, when: Callable[["Files", subprocess.Popen], None]) -> str:
        """Take in a file, and kill it at a moment; return what was wrong."""
        process = self._begun(path)
        when(self, process)
        if process.poll() is not None:
            return "the import had ended before it was killed"
        children = _children(process.pid)
        process.kill()
        process.communicate()
        until = time.monotonic() + 30
        while any(map(_lives, children)) or self.writes():
            if time.monotonic() > until:
                return f"of a killed import lives on: {[one for one in children if _lives(one)]}"
            time.sleep(0.1)
        return ""

    def _begun(self, path: Path) -> subprocess.Popen:
        return self._house.begun("import-book", str(path), "--confirm", "--json")

    def _written(self, process: subprocess.Popen, began: float) -> float:
        while process.poll() is None:
            if self.writes():
                return time.monotonic() - began
            time.sleep(0.02)
        return time.monotonic() - began

    def writes(self) -> bool:
        """Whether a file is being written."""
        if self._is_sqlite:
            return _is_held(Path(self._house.database.url.database))
        held = "locktype = 'advisory' AND classid = :files AND granted"
        with self._house.database.engine.connect() as connection:
            query = text(f"SELECT count(*) FROM pg_locks WHERE {held}")
            return bool(connection.scalar(query, {"files": FILES}))


def _is_held(path: Path) -> bool:
    """Whether one writer has the file for longer than a page does."""
    with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as line:
        for _look in range(HELD_LOOKS):
            try:
                line.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                time.sleep(0.03)
                continue
            line.execute("ROLLBACK")
            return False
    return True


def _children(process: int) -> list[int]:
    with contextlib.suppress(FileNotFoundError):
        told = Path(f"/proc/{process}/task/{process}/children").read_text()
        return [int(one) for one in told.split()]
    return []


def _lives(process: int) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@dataclass
class Signing:
    """One agreement after the other is signed, each in a transaction of its own."""

    house: House
    loans: list[tuple[int, int]]
    numbers: list[str] = field(default_factory=list)

    def one(self, session: Session) -> Agreement | None:
        """Sign the next that may be."""
        while self.loans:
            who, loan = self.loans.pop(0)
            people = {"borrower": session.get(Borrower, who), "loan": session.get(Loan, loan)}
            try:
                vault, site = self.house.gateways.vault, self.house.settings.site
                made = signed(session, vault, site, **people)
            except (DomainError, SQLAlchemyError, ValueError):
                session.rollback()  # this loan may not, or a file came between
                continue
            self.numbers.append(made.number)
            return made
        return None

    def go(self, stop: threading.Event) -> None:
        """Sign until told to stop."""
        while not stop.wait(SIGN_EVERY_SECONDS):
            with self.house.database.sessions() as session:
                if self.one(session) is None:
                    return


class Visitors:
    """Who looks at pages and saves answers meanwhile; what is written is timed by itself."""

    def __init__(self, session: Session, found: House, port: int, loans: list) -> None:
        self.read, self.written = Times(), Times()
        self._dice, self._port = chance(), port
        entering = partial(sign_in_as, now=GoingClock().now())
        self._phones = []
        for who, loan in loans[:PHONES]:
            borrower, found_loan = session.get_one(Borrower, who), session.get_one(Loan, loan)
            cookies = found.carried(entering, session, borrower)
            phone = Browser(port, address_of(borrower.id), cookies)
            session.expunge(found_loan)
            self._phones.append((phone, found_loan))
        self._writers = list(self._writing())
        self._desk = staff_at_desk(session, found, 1, port)[0]

    def _writing(self) -> Iterator[tuple[Writer, threading.Lock]]:
        wanted = WRITERS
        for phone, loan in self._phones:
            mine = Browser(self._port, phone.address, dict(phone.cookies))
            try:
                page = to_monthly(mine, loan.public_id)
            except Refused:
                continue  # a loan on which nothing can be proposed
            if page.path.endswith("/monthly") and wanted:
                wanted -= 1
                mine.note = self.written.note("answer")
                yield Writer(mine, loan), threading.Lock()
            if not wanted:
                return

    def pick(self):
        """Return what somebody does next, and its kind."""
        kind = self._dice.choice(("home", "home", "loan", "queue", "answer"))
        if kind == "answer":
            return kind, partial(self._write, *self._dice.choice(self._writers))
        phone, loan = self._dice.choice(self._phones)
        who = self._desk if kind == "queue" else phone
        path = {"home": "/home", "queue": "/admin/queue"}.get(kind, f"/loan/{loan.public_id}")
        return kind, partial(self._look, kind, who, path)

    def _look(self, kind: str, who: Browser, path: str) -> None:
        shown(Browser(self._port, who.address, dict(who.cookies), self.read.note(kind)).get(path))

    def _write(self, writer: Writer, turn: threading.Lock) -> None:
        if turn.acquire(blocking=False):
            try:
                with contextlib.suppress(NoAnswer):  # noted; the next one says it again
                    writer.write()
            finally:
                turn.release()

    def go(self, stop: threading.Event) -> None:
        """Come and go until told to stop."""
        while not stop.is_set():
            paced(2, self.pick, ACTS_A_SECOND, self.read)

    def wrong(self, is_sqlite: bool) -> list[str]:
        """Tell how long it took; writers of SQLite wait for a file's writing, and are told so."""
        print("\n".join((*self.read.lines(), *self.written.lines())))
        print(f"read {dict(self.read.statuses)}, written {dict(self.written.statuses)}")
        judged = [self.read] if is_sqlite else [self.read, self.written]
        wrong = [f"{one.errors} errors" for one in judged if one.errors]
        late = max(one.at(95) for one in judged)
        wrong += [f"p95 {late * 1000:.0f} ms"] if late > MOST_P95_SECONDS else []
        wrong += [f"{one}: {count}" for one, count in self.read.wrong.items()]
        return wrong + [
            f"{n} times {status}" for status, n in self.written.statuses.items() if status == 500
        ]


@contextlib.contextmanager
def _house(kind: str, folder: Path) -> Iterator[tuple[House, Callable]]:
    """An installation, and how to copy its database while nobody uses it."""
    if kind == "sqlite":
        with small_house(folder) as found:
            yield found, partial(_file_copied, found, folder)
        return
    with house(folder) as (found, server):

        @contextlib.contextmanager
        def copied() -> Iterator[Database]:
            found.database.engine.dispose()
            with server.fresh(found.database.url.database) as url, opened(url) as database:
                yield database

        yield found, copied


@contextlib.contextmanager
def _file_copied(found: House, folder: Path) -> Iterator[Database]:
    found.database.engine.dispose()
    path = folder / "control.db"
    with contextlib.closing(sqlite3.connect(found.database.url.database)) as line:
        line.execute("VACUUM INTO ?", (str(path),))
    with opened(found.database.url.set(database=str(path))) as database:
        yield database


def _marked(path: Path) -> Path:
    """The same file with every loan's product named anew."""
    place, made = COLUMNS.index(PRODUCT), path.with_name("renamed.csv")
    with (
        path.open(encoding="gb18030", newline="") as text_in,
        made.open("w", encoding="gb18030", newline="") as out,
    ):
        rows, writer = csv.reader(text_in), csv.writer(out)
        writer.writerow(next(rows))
        for row in rows:
            row[place] += MARK
            writer.writerow(row)
    return made


def _agreements(session: Session, found: House) -> tuple[Signing, list[tuple[int, int]]]:
    """Have some thousands of agreements on loans of the book; return who signs next, and others."""
    query = select(Loan.borrower_id, Loan.id).where(Loan.is_in_book).order_by(Loan.id)
    loans = [tuple(one) for one in session.execute(query.limit(2_000))]
    signing = Signing(found, [one for place, one in enumerate(loans) if place % 4])
    for _number in range(SIGNED):
        agreement = signing.one(session)
        assert agreement is not None
        copies(session, agreement, COPIES)
    return signing, loans[::4]


def _undisturbed(found: House, copied: Callable, path: Path) -> tuple[Import, dict[str, str]]:
    """Take a file in where nothing else goes on; return how, and what stands afterwards."""
    with copied() as database:
        alone = House(database, found.folder / "control")
        taken = Files(alone).whole(path)
        with database.sessions() as session:
            return taken, digests(session)


def run(folder: Path, *, kind: str, people: int = PEOPLE) -> list[str]:
    """Do all of it on one kind of database; return everything that was wrong."""
    first, following = write_books(folder, people)
    following = _marked(following)
    with _house(kind, folder) as (found, copied):
        taken = Files(found).whole(first)
        if taken.fault:
            return [taken.fault]
        with found.database.sessions() as session:
            signing, others = _agreements(session, found)
            broken = set(check_invariants(session, gateways=found.gateways)[1])
        control, expected = _undisturbed(found, copied, following)
        if control.fault:
            return [control.fault]
        rows = control.report["rows"]
        print(
            f"{kind}: {rows} rows, undisturbed {control.taken:.0f} s, of them "
            f"{control.taken - control.wrote_after:.1f} s of writing",
            flush=True,
        )
        port = found.serve("web", workers=2 if kind == "sqlite" else 4)
        found.work("jobs")
        wrong = _under_way(found, port, (signing, others), following, (control, expected))
        with found.database.sessions() as session:
            after = set(check_invariants(session, gateways=found.gateways)[1])
        # Copied agreements have no trail: what they break stood before.
        new = {one for one in after - broken if one.invariant not in {b.invariant for b in broken}}
        print(f"invariants: {len(broken)} broken by copies before, {len(new)} of others after")
        return wrong + [f"{one.invariant} {one.what}" for one in new]


def _under_way(found: House, port: int, who: tuple, path: Path, undisturbed: tuple) -> list[str]:
    signing, others = who
    control, expected = undisturbed
    with found.database.sessions() as session:
        exporting = Exporting(session, found, port)
        visitors = Visitors(session, found, port, others)
        before, start = set(session.scalars(select(Agreement.number))), digests(session)
    signing.numbers.clear()
    stop = threading.Event()
    goers = [
        threading.Thread(target=one.go, args=(stop,)) for one in (signing, exporting, visitors)
    ]
    for one in goers:
        one.start()
    try:
        wrong = _killed_twice(found, path, control, start)
        again = Files(found).whole(path)
        print(f"the whole file beside all that {again.taken:.0f} s", flush=True)
        wrong += [again.fault] if again.fault else []
        time.sleep(5)
    finally:
        stop.set()
        for one in goers:
            one.join()
    with found.database.sessions() as session:
        wrong += [f"not as undisturbed: {one}" for one in differing(expected, digests(session))]
        wrong += file_wrongly(session, path, again.rejected if not again.fault else set())
        wrong += _exports_wrongly(session, exporting, before, signing.numbers)
    return wrong + exporting.faults + visitors.wrong(found.database.kind == "sqlite")


def _killed_twice(found: House, path: Path, control: Import, start: dict[str, str]) -> list[str]:
    """Kill it while it reads, and in the middle of its writing; nothing of it may be left."""
    reading = control.wrote_after * HALF
    writing = (control.taken - control.wrote_after) * HALF

    def read_half(_files: Files, _process: subprocess.Popen) -> None:
        time.sleep(reading)

    def wrote_half(files: Files, process: subprocess.Popen) -> None:
        while process.poll() is None and not files.writes():
            time.sleep(0.02)
        time.sleep(writing)

    wrong = []
    for what, when in (("reading", read_half), ("writing", wrote_half)):
        told = Files(found).killed(path, when)
        wrong += [f"{what}: {told}"] if told else []
        with found.database.sessions() as session:
            left = differing(start, digests(session))
        print(f"killed while {what}: {len(left)} tables are not as before", flush=True)
        wrong += [f"killed while {what}, left in {one}" for one in left]
    return wrong


def _exports_wrongly(
    session: Session, exporting: Exporting, before: set[str], since: list[str]
) -> list[str]:
    taken, fen_of = exporting.taken(session), amounts(session)
    wrong = [words for one in taken for words in one.wrong(before, since, fen_of)]
    new = sum(True in one.batches() for one in taken)
    rows = [one.export.rows for one in taken]
    print(
        f"{len(taken)} exports of {min(rows, default=0)} to {max(rows, default=0)} agreements: "
        f"{len(taken) - new} with the loans as before, {new} as after; {len(since)} signed meanwhile",
        flush=True,
    )
    # Else nothing was seen of the moment that matters.
    return wrong + ([] if 0 < new < len(taken) else ["no export before, or none after"])
