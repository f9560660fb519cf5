"""Alembic's environment: DATABASE_URL, else SQLite under INSTANCE_DIR. Settings are in
pyproject.toml.
"""

import os
from pathlib import Path

from alembic import context
from sqlalchemy import create_engine, pool, text

ROOT = Path(__file__).resolve().parent.parent


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


def run(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=_metadata(),
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = create_engine(_url(), poolclass=pool.NullPool)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("PRAGMA journal_mode=WAL"))
            connection.commit()
        run(connection)
