"""Who writes next on SQLite: who came first, of the threads of a process."""

import threading
import time
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app import db

MANY, APART_SECONDS = 8, 0.03
PATIENT = db.Patience(lock=None, statement=None, connection=30, writer=30)
HASTY = db.Patience(lock=None, statement=None, connection=5, writer=1)


@pytest.fixture
def address(tmp_path):
    return f"sqlite:///{tmp_path}/anhuan.db"


@pytest.fixture
def engine_of(address):
    engines = []

    def make(limits):
        engines.append(db.make_engine(address, limits))
        return engines[-1]

    with writing(make(PATIENT)) as line:
        line.execute(text("CREATE TABLE written (number INTEGER)"))
    yield make
    for one in engines:
        one.dispose()


@contextmanager
def writing(engine):
    with engine.connect() as connection, connection.execution_options(anhuan_write=True).begin():
        yield connection


def seconds_until_begun(engine) -> float:
    began = time.monotonic()
    with writing(engine):
        return time.monotonic() - began


@pytest.mark.race
def test_who_came_first_writes_first(engine_of):
    engine, begun = engine_of(PATIENT), []

    def write(number):
        with writing(engine):
            begun.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(MANY)]
    with writing(engine):
        for one in threads:
            one.start()
            time.sleep(APART_SECONDS)
    for one in threads:
        one.join()
    assert begun == list(range(MANY))


def test_patience_ends_and_those_behind_go_on(engine_of):
    engine = engine_of(HASTY)
    with writing(engine_of(PATIENT)):
        began = time.monotonic()
        with pytest.raises(OperationalError, match="database is locked"), writing(engine):
            pass
        assert HASTY.writer <= time.monotonic() - began < 30
    assert seconds_until_begun(engine) < HASTY.writer
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA busy_timeout")) == HASTY.writer * 1000


def test_what_waiting_does_not_mend_is_told_at_once(engine_of):
    engine, began = engine_of(PATIENT), time.monotonic()
    with engine.connect() as connection:
        connection.connection.dbapi_connection.execute("BEGIN")  # and one more is none of SQLite's
        writer = connection.execution_options(anhuan_write=True)
        with pytest.raises(OperationalError, match="within a transaction"):
            writer.begin()
    assert time.monotonic() - began < PATIENT.writer
