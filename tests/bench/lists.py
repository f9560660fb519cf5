"""Lists of the desk and of finance on PostgreSQL in a small book and in one of SIZE agreements,
beside one indexed SELECT of the same rows in the same bytes of Jinja; then eight clients at once.
"""

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from flask import Flask
from sqlalchemy import URL, create_engine, make_url

from app.config import Settings
from app.wiring import make_gateways
from tests.bench.bare_pages import Told, bare_app
from tests.bench.desk_pages import Book, Page, answered
from tests.bench.made.book import Size, build
from tests.bench.served import Load, loaded, served
from tests.support.databases import Database, Postgres, opened
from tests.support.installation import KEYS

SIZE = int(os.environ.get("SIZE", "1000"))
SMALL = Size(agreements=300, waiting=100, others=50)
LARGE = Size(agreements=SIZE, waiting=max(100, SIZE // 3), others=SIZE // 6)
# A large book that `python -m tests.bench.made` made before.
MADE = "MADE_URL"
WARM_UP, ROUNDS = 2, 15
CLIENTS, SECONDS = 8, 5.0
MOST = 1.2
HEADING = (
    f"{'ms':<22}{'small book':>19}{'large book':>21}{'ratio':>7}{'one SELECT':>19}{'of it':>7}"
    "  (wall, of it processor of Python + of the database; medians; ratios by processor)"
)
AT_ONCE = (
    f"{f'{CLIENTS} clients, 2 workers':<22}{'pages/s':>9}{'ms each':>9}{'processor ms':>14}"
    f"{'one SELECT/s':>14}{'ms each':>9}"
)


@dataclass(frozen=True)
class Cost:
    """What one page takes, in milliseconds."""

    wall: float
    python: float
    database: float

    @property
    def worked(self) -> float:
        """Processor time of both."""
        return self.python + self.database

    def __str__(self) -> str:
        return f"{self.wall:.1f} ({self.python:.1f} + {self.database:.1f})"


def measured() -> Iterator[str]:
    """Tell of each page what it takes, line by line."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as books:
        yield f"lists: {SMALL}, {LARGE}"
        small = books.enter_context(_book(Path(folder, "small"), SMALL))
        large = books.enter_context(_book(Path(folder, "large"), LARGE, os.environ.get(MADE)))
        bare = bare_app(create_engine(large.database.url), _told(large))
        yield HEADING
        for at, (one, other) in enumerate(zip(small.pages(), large.pages(), strict=True)):
            yield _line(other.name, *_costs(small, large, bare, (one, other, at)))
        yield from _at_once(large)


def _line(name: str, small: Cost, large: Cost, bare: Cost) -> str:
    grown = large.worked / small.worked
    told = f"{name:<22}{small!s:>19}{large!s:>21}{grown:>7.2f}{bare!s:>19}"
    return f"{told}{large.worked / bare.worked:>7.1f}{'' if grown <= MOST else '  ABOVE 1.2'}"


@contextlib.contextmanager
def _book(folder: Path, size: Size, made: str | None = None) -> Iterator[Book]:
    with Postgres().fresh() if not made else contextlib.nullcontext(make_url(made)) as url:
        assert isinstance(url, URL)
        with opened(url) as database:
            environ = {"INSTANCE_DIR": str(folder), "DATABASE_URL": database.address, **KEYS}
            settings = Settings.from_env(environ)
            if not made:
                with database.sessions() as session:
                    gateways = make_gateways(settings)
                    build(database.engine, session, gateways, settings.site, size)
            book = Book(database, settings)
            yield book
            book.engine.dispose()


def _told(book: Book) -> list[Told]:
    """The bytes of each page, and the one statement of its baseline."""
    return [
        Told(page.name, f"/{at}", ((page.bare, book.ids),), book.asking(page)().text)
        for at, page in enumerate(book.pages())
    ]


def _costs(
    small: Book, large: Book, bare: Flask, which: tuple[Page, Page, int]
) -> tuple[Cost, Cost, Cost]:
    """Ask for a page in turns, so that what else the machine does meets all alike."""
    one, other, at = which
    client = bare.test_client()
    asked: list[tuple[Callable[[], Any], Database]] = [
        (small.asking(one), small.database),
        (large.asking(other), large.database),
        (lambda: answered(client, f"/{at}"), large.database),
    ]
    found: list[list[Cost]] = [[] for _ in asked]
    for turn in range(WARM_UP + ROUNDS):
        for place, (ask, database) in enumerate(asked):
            cost = _cost(ask, database)
            if turn >= WARM_UP:
                found[place].append(cost)
    first, second, third = (
        Cost(*(median(getattr(cost, name) for cost in costs) for name in Cost.__annotations__))
        for costs in found
    )
    return first, second, third


def _cost(ask: Callable[[], Any], database: Database) -> Cost:
    stored = _working_seconds(database)
    started, worked = time.perf_counter(), time.process_time()
    ask()
    worked, taken = time.process_time() - worked, time.perf_counter() - started
    return Cost(taken * 1000, worked * 1000, (_working_seconds(database) - stored) * 1000)


def _working_seconds(database: Database) -> float:
    """Return the processor time of every process of the server that lives."""
    master = _master(database)
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    total = 0
    for child in children:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            total += int(Path(f"/proc/{child}/schedstat").read_text().split()[0])
    return total / 1e9


_masters: dict[str, str] = {}


def _master(database: Database) -> str:
    if database.address not in _masters:
        with database.engine.connect() as connection:
            folder = Path(connection.exec_driver_sql("SHOW data_directory").scalar_one())
        _masters[database.address] = (folder / "postmaster.pid").read_text().split()[0]
    return _masters[database.address]


def _at_once(book: Book) -> Iterator[str]:
    """Eight who ask without a pause; whatever is not answered by 200 ends it."""
    pages = [one for one in book.pages() if one.name in ("register", "queue", "case")]
    told = [
        replace(told, path=f"/{told.name}") for told in _told(book) if told.name in _names(pages)
    ]
    yield AT_ONCE
    with (
        served(book.serving) as ours,
        served(lambda: bare_app(create_engine(book.database.url), told)) as bare,
    ):
        for page in pages:
            mine = _load(ours, page.path, book.cookie)
            plain = _load(bare, f"/{page.name}", "")
            yield (
                f"{page.name:<22}{mine.rate:>9.0f}{CLIENTS / mine.rate * 1000:>9.0f}"
                f"{mine.cpu_ms:>14.1f}{plain.rate:>14.0f}{CLIENTS / plain.rate * 1000:>9.0f}"
            )


def _load(server: Any, path: str, cookie: str) -> Load:
    return loaded(server, path, cookie, at_a_time=CLIENTS, seconds=SECONDS)


def _names(pages: list[Page]) -> set[str]:
    return {one.name for one in pages}


if __name__ == "__main__":
    for line in measured():
        print(line, flush=True)
