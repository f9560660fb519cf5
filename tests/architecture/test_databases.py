"""The fixtures themselves: a real PostgreSQL and SQLite, isolated tests, no network."""

import socket

import pytest
from sqlalchemy import text

from tests.support.network import NetworkBlocked


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
