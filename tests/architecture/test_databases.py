"""The fixtures themselves: a real PostgreSQL and SQLite, isolated tests, no network."""

import socket

import pytest
from sqlalchemy import text

from app.services.core.transaction import transaction
from tests.support.network import NetworkBlocked
from tests.support.races import run_together


def test_databases_are_built_by_the_migrations(database):
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1


@pytest.mark.parametrize("attempt", [1, 2])
def test_what_a_test_commits_is_gone_for_the_next(session, attempt):
    assert session.scalar(text("SELECT count(*) FROM audit_head WHERE seq = 99")) == 0
    session.execute(text("DELETE FROM audit_head"))
    session.execute(text("INSERT INTO audit_head (id, seq, row_hash) VALUES (1, 99, 'x')"))
    session.commit()


def test_no_test_reaches_the_network():
    with pytest.raises(NetworkBlocked):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(NetworkBlocked):
        socket.getaddrinfo("example.org", 80)


def test_a_use_case_commits_inside_the_outer_transaction(session):
    with transaction(session):
        session.execute(text("DELETE FROM audit_head"))
        session.execute(text("INSERT INTO audit_head (id, seq, row_hash) VALUES (1, 77, 'y')"))
    session.rollback()
    assert session.scalar(text("SELECT seq FROM audit_head")) == 77


def test_fifty_threads_lose_no_update(database):
    with database.engine.connect() as connection:
        connection.execute(text("DELETE FROM audit_head"))
        connection.execute(text("INSERT INTO audit_head (id, seq, row_hash) VALUES (1, 0, '')"))
        connection.commit()

    def add_one(_number: int) -> None:
        with database.sessions() as session, transaction(session):
            seq = session.scalar(text("SELECT seq FROM audit_head" + _lock(database.kind)))
            session.execute(text("UPDATE audit_head SET seq = :seq"), {"seq": seq + 1})

    assert run_together(add_one) == [None] * 50
    with database.sessions() as session:
        assert session.scalar(text("SELECT seq FROM audit_head")) == 50


def _lock(kind: str) -> str:
    return "" if kind == "sqlite" else " FOR UPDATE"
