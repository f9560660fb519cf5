"""What PostgreSQL has prepared outlives a rollback of what was only read, and no error."""

import psycopg
import pytest
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import DBAPIError

from app import db
from app.models import Loan

OFTEN = 8  # the driver prepares what it meets the sixth time


@pytest.fixture
def engine(database_servers):
    with database_servers("postgresql").fresh() as url:
        made = db.make_engine(url)
        yield made
        made.dispose()


def read(engine):
    with engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM loans")).scalar_one()


def prepared(engine):
    query = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%FROM loans%'")
    with engine.connect() as connection:
        return connection.execute(query).scalar_one()


def test_what_was_read_often_stays_prepared_though_each_reading_is_rolled_back(engine):
    for _ in range(OFTEN):
        read(engine)
    assert prepared(engine) == 1


def test_what_was_written_is_rolled_back_all_the_same(engine):
    with engine.connect() as connection:
        connection.execute(text("CREATE TABLE gone (id INTEGER)"))
    with engine.connect() as connection, pytest.raises(DBAPIError):
        connection.execute(text("SELECT id FROM gone"))


def test_after_an_error_nothing_is_taken_for_prepared_and_all_goes_on(engine):
    for _ in range(OFTEN):
        read(engine)
    with engine.connect() as connection, pytest.raises(DBAPIError):
        connection.execute(text("SELECT 1 / 0"))
    assert prepared(engine) == 0
    assert read(engine) == 0


def test_a_table_that_changed_meanwhile_is_read_as_it_is(engine):
    for _ in range(OFTEN):
        read(engine)
    other = db.make_engine(engine.url)
    with other.begin() as connection:
        connection.execute(text("ALTER TABLE loans ADD COLUMN later INTEGER"))
    other.dispose()
    assert read(engine) == 0


def test_columns_are_described_when_somebody_looks_and_not_before(engine, monkeypatch):
    described = []
    column = psycopg.Column

    def counted(*given):
        described.append(given)
        return column(*given)

    monkeypatch.setattr("psycopg._cursor_base.Column", counted)
    query = select(Loan.id, Loan.ref).where(Loan.id == bindparam("id"))
    with engine.connect() as connection:
        # SQLAlchemy looks at the first time of a statement.
        assert connection.execute(query, {"id": 1}).all() == []
        described.clear()
        for _ in range(3):
            assert connection.execute(query, {"id": 1}).all() == []
        assert not described
        cursor = connection.connection.cursor()
        cursor.execute("SELECT 1 AS one, 2 AS two")
        assert [one.name for one in cursor.description] == ["one", "two"]
        assert (cursor.description[1].name, len(cursor.description)) == ("two", 2)
        cursor.execute("CREATE TEMPORARY TABLE nothing (id INTEGER)")
        assert cursor.description is None
