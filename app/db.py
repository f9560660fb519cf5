"""Engine and session factory; the only create_engine. SQLite writers begin IMMEDIATE, readers
deferred.
"""

import time
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker

POOL_SIZE = (
    10  # kept open; beyond it one waits, for opening a connection costs more than most requests
)
BUSY_SECONDS = 30
# Asking a connection whether it lives is three trips to the database, as many as a page's smallest
# query: one that was used within the second is not asked.
TRUSTED_SECONDS = 1
USED_AT = "anhuan_used_at"


def make_engine(url: str | URL) -> Engine:
    """Return an engine for SQLite or PostgreSQL (postgresql+psycopg://)."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(
            parsed,
            pool_size=POOL_SIZE,
            max_overflow=0,
            hide_parameters=True,
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(
        parsed,
        pool_size=POOL_SIZE,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"options": "-c timezone=UTC"},
    )
    _ask_the_rested(engine)
    return engine


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
        f"busy_timeout={BUSY_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("anhuan_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
