"""Alembic's environment: DATABASE_URL, else SQLite under INSTANCE_DIR. Settings are in
pyproject.toml.
"""

import os
from pathlib import Path

from alembic import context
from alembic.util import CommandError
from sqlalchemy import create_engine, pool, text
from sqlalchemy.exc import DBAPIError

ROOT = Path(__file__).resolve().parent.parent
# On PostgreSQL a step that waits for a lock makes every page behind it wait: it gives up soon.
LIMITS = {
    "lock_timeout": os.environ.get("MIGRATE_LOCK_TIMEOUT") or "5s",
    "statement_timeout": os.environ.get("MIGRATE_STATEMENT_TIMEOUT") or "15min",
}
GIVEN_UP = {
    "55P03": "a lock was not free within {lock_timeout} (MIGRATE_LOCK_TIMEOUT)",
    "57014": "a statement took longer than {statement_timeout} (MIGRATE_STATEMENT_TIMEOUT)",
}

ENGINE = "procrastinate_"


def _url() -> str:
    instance = Path(os.environ.get("INSTANCE_DIR") or ROOT / "instance").resolve()
    url = os.environ.get("DATABASE_URL")
    if not url:
        instance.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{instance / 'anhuan.db'}"
    return url


def _metadata():
    from app.models import Base  # only to compare models with the migrations

    return Base.metadata


def _is_ours(name, kind, _parents) -> bool:
    """The engine's tables have no models: a migration makes them as the package wants them."""
    return kind != "table" or not name.startswith(ENGINE)


def run(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=_metadata(),
        compare_type=True,
        include_name=_is_ours,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _prepare(connection) -> None:
    """Set up a connection of our own for as long as it lives."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA journal_mode=WAL"))
    else:
        limit = text("SELECT set_config(:name, :value, false)")
        for name, value in LIMITS.items():
            connection.execute(limit, {"name": name, "value": value})
    connection.commit()


def _run_or_give_up(connection) -> None:
    """Run the migrations; where a step took too long, tell so in a line."""
    try:
        run(connection)
    except DBAPIError as fault:
        reason = GIVEN_UP.get(getattr(fault.orig, "sqlstate", ""))
        if reason is None:
            raise
        told = reason.format(**LIMITS)
        raise CommandError(f"{told}. Nothing of this step was kept: run it again later.") from fault


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = create_engine(_url(), poolclass=pool.NullPool)
    with engine.connect() as connection:
        _prepare(connection)
        _run_or_give_up(connection)
