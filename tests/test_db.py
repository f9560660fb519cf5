"""Connections to the database: one that rested is asked whether it lives, one in use is not."""

import pytest
from sqlalchemy import text

from app import db


@pytest.fixture
def postgres(database_servers):
    with database_servers("postgresql").fresh() as url:
        engine = db.make_engine(url)
        yield engine
        engine.dispose()


def cut_off(engine):
    """End every other connection, as a database that was started anew."""
    with engine.connect() as connection:
        ours = connection.scalar(text("SELECT pg_backend_pid()"))
    killer = db.make_engine(engine.url)
    with killer.begin() as connection:
        assert connection.scalar(text("SELECT pg_terminate_backend(:pid)"), {"pid": ours})
    killer.dispose()


def test_a_connection_that_rested_and_died_is_replaced_unseen(postgres, monkeypatch):
    cut_off(postgres)
    monkeypatch.setattr(db, "TRUSTED_SECONDS", 0)
    with postgres.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1


def test_one_in_use_costs_no_question(postgres, monkeypatch):
    asked = []
    monkeypatch.setattr(postgres.dialect, "do_ping", lambda _connection: asked.append(1))
    for _ in range(3):
        with postgres.connect() as connection:
            connection.scalar(text("SELECT 1"))
    assert not asked
    monkeypatch.setattr(db, "TRUSTED_SECONDS", 0)
    with postgres.connect() as connection:
        connection.scalar(text("SELECT 1"))
    assert asked == [1]
