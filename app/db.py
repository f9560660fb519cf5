"""Engine and session factory; the only create_engine. SQLite writers begin IMMEDIATE, readers
deferred.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool

from app.prepared import keep_prepared
from app.writers import WritersLine

POOL_SIZE = (
    10  # kept open; beyond it one waits, for opening a connection costs more than most requests
)
# Of a file it costs little, and whoever waits to write keeps one: more than a server has threads.
FILE_POOL_SIZE = 64
# Asking a connection whether it lives is three trips to the database, as many as a page's smallest
# query: one that was used within the second is not asked.
TRUSTED_SECONDS = 1
USED_AT = "anhuan_used_at"


@dataclass(frozen=True)
class Patience:
    """How long one waits for a lock, for one statement and for a connection; None: to the end.

    Units: whole seconds. SQLite has one lock, and no limit for a statement.
    """

    lock: int | None
    statement: int | None
    connection: int
    writer: int


# A page that only waits ends with words, and long before the server takes its worker for dead.
PAGES = Patience(lock=5, statement=15, connection=5, writer=10)
# Commands and jobs have nobody before them.
WORK = Patience(lock=None, statement=None, connection=30, writer=30)


def make_engine(url: str | URL, limits: Patience = WORK) -> Engine:
    """Return an engine for SQLite or PostgreSQL (postgresql+psycopg://)."""
    parsed = make_url(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    engine = create_engine(
        parsed,
        pool_size=FILE_POOL_SIZE if is_sqlite else POOL_SIZE,
        max_overflow=0,
        pool_timeout=limits.connection,
        hide_parameters=True,
        connect_args=_sqlite_told(limits) if is_sqlite else {"options": _options(limits)},
    )
    if is_sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _beginning(WritersLine()))
    else:
        _ask_the_rested(engine)
        keep_prepared(engine)
    return engine


def lift_limits(engine: Engine) -> None:
    """Let whoever connects from now on wait to the end: a command, or the background work."""
    if isinstance(engine.pool, QueuePool):
        engine.pool._timeout = WORK.connection
    is_sqlite = engine.dialect.name == "sqlite"
    event.listen(engine, "connect", _lift_sqlite if is_sqlite else _lift_postgresql)


def _sqlite_told(limits: Patience) -> dict[str, Any]:
    return {"timeout": limits.writer, "check_same_thread": False}


def _options(limits: Patience) -> str:
    each = {"lock_timeout": limits.lock, "statement_timeout": limits.statement}
    told = [f"-c {name}={seconds}s" for name, seconds in each.items() if seconds is not None]
    return " ".join(("-c timezone=UTC", *told))


def _lift_sqlite(connection: Any, _record: Any) -> None:
    connection.execute(f"PRAGMA busy_timeout = {WORK.writer * 1000}")


def _lift_postgresql(connection: Any, _record: Any) -> None:
    connection.execute("SET lock_timeout = 0; SET statement_timeout = 0")
    connection.commit()


def _ask_the_rested(engine: Engine) -> None:
    """Let a connection that rested be asked whether it still lives, before it is handed out."""

    @event.listens_for(engine, "checkin")
    def note(_connection: Any, record: Any) -> None:
        record.info[USED_AT] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection: Any, record: Any, _proxy: Any) -> None:
        used_at = record.info.get(USED_AT)
        if used_at is None or time.monotonic() - used_at < TRUSTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            # The database was started anew: what else rests in the pool is as dead as this one.
            raise InvalidatePoolError from error


def make_session_factory(engine: Engine, **info: Any) -> sessionmaker[Session]:
    """Return a factory of sessions that keep loaded values after commit; `info` is told to each."""
    return sessionmaker(engine, expire_on_commit=False, info=info)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we emit BEGIN ourselves: the driver's own begins too late
    for pragma in (
        "foreign_keys=ON",
        "journal_mode=WAL",
        "synchronous=FULL",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _beginning(line: WritersLine) -> Callable[[Connection], None]:
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("anhuan_write", False):
            line.begin(connection)
        else:
            connection.exec_driver_sql("BEGIN")

    return begin
