"""Connections to the database: one that rested is asked whether it lives, one in use is not."""

import runpy

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app import db
from tests.support.served import GUNICORN


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


def waits(engine, statement):
    with engine.connect() as connection, pytest.raises(OperationalError):
        connection.exec_driver_sql(statement)


def test_a_page_waits_for_no_lock_and_no_statement_to_the_end(postgres):
    with postgres.begin() as holder:
        holder.exec_driver_sql("SELECT pg_advisory_xact_lock(1)")
        pages = db.make_engine(
            postgres.url, db.Patience(lock=1, statement=2, connection=1, writer=1)
        )
        waits(pages, "SELECT pg_advisory_xact_lock(1)")
        waits(pages, "SELECT pg_sleep(3)")
        with pages.connect() as connection:  # and the next goes on as ever
            assert connection.scalar(text("SELECT 1")) == 1
        pages.dispose()
        db.lift_limits(pages)
        with pages.connect() as connection:
            for name in ("lock_timeout", "statement_timeout"):
                assert connection.exec_driver_sql(f"SHOW {name}").scalar_one() == "0"
        pages.dispose()


def test_pages_end_before_the_server_and_the_proxy_lose_patience():
    server = runpy.run_path(str(GUNICORN))
    for seconds in (db.PAGES.lock, db.PAGES.statement, db.PAGES.connection, db.PAGES.writer):
        assert 0 < seconds * 2 < server["timeout"]
    proxy = (GUNICORN.parent / "nginx-proxy.conf").read_text()
    assert "proxy_read_timeout    90s;" in proxy
    assert server["timeout"] < 90
