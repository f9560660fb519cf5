"""T11: 20,000 loans are taken in while ten exports at a time are made and people go on; the import
is killed twice and begun again.
"""

import contextlib
import csv
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.nightly_row import COLUMNS, PRODUCT
from app.models import Agreement, Loan
from app.services.upkeep.invariants import check_invariants
from tests.bench.book_files import write_books
from tests.load.exported import Exporting, amounts
from tests.load.house import House, house, small_house
from tests.load.importing import READING, WRITING, Files, Import
from tests.load.stored import differing, digests, file_wrongly
from tests.load.visitors import Signing, Visitors
from tests.support.databases import Database, opened
from tests.support.exporting import copies

PEOPLE = 12_000
MARK = "新"
SIGNED, COPIES = 12, 150
# Where an import is killed: so far through its reading, and so far through its writing.
HALF = 0.5
OF_THE_TRAIL = "I14"


@contextlib.contextmanager
def _house(kind: str, folder: Path) -> Iterator[tuple[House, Callable]]:
    """An installation, and how to copy its database while nobody uses it."""
    # One host: what the jobs have made the web hands out.
    more = {"INSTANCE_DIR": str(folder / "here")}
    if kind == "sqlite":
        with small_house(folder, **more) as found:
            yield found, partial(_file_copied, found, folder)
        return
    with house(folder, **more) as (found, server):

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
            f"{control.writing:.1f} s of writing",
            flush=True,
        )
        port = found.serve("web", workers=2 if kind == "sqlite" else 4)
        found.work("jobs")
        wrong = _under_way(found, port, (signing, others), following, (control, expected))
        with found.database.sessions() as session:
            after = set(check_invariants(session, gateways=found.gateways)[1])
        # Copied agreements have no trail: what they break stood before. What is signed and who is
        # employed beside the services has none either.
        same = {one.invariant for one in broken} | {OF_THE_TRAIL}
        new = {one for one in after - broken if one.invariant not in same}
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
    wrong = []
    for what, part in (("reading", READING), ("writing", WRITING)):
        told = Files(found).killed(path, part, control.spent[part] * HALF)
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
        f"{len(taken) - new} with the loans as before, {new} as after; {len(since)} signed beside",
        flush=True,
    )
    # Else nothing was seen of the moment that matters.
    return wrong + ([] if 0 < new < len(taken) else ["no export before, or none after"])
