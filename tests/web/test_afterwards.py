"""Work for after the answer: it waits for no long writer, and tells what broke."""

import time

import pytest
from sqlalchemy import select

from app.models import SessionRow
from app.web import afterwards
from tests.factories import make_borrower
from tests.support.people import sign_in_as

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def at_home(client, session, gateways, clock):
    """A browser whose session has to be noted as in use with the next page."""
    sign_in_as(client, session, make_borrower(session, gateways.vault))
    clock.advance(minutes=2)
    return client


def noted_at(database):
    with database.sessions() as session:
        return session.scalars(select(SessionRow.last_seen_at)).one()


def test_behind_a_long_writer_it_is_left_to_the_next_page(at_home, database, clock, caplog):
    before = noted_at(database)
    with database.engine.connect() as writer, writer.execution_options(anhuan_write=True).begin():
        began = time.monotonic()
        at_home.get("/home").close()
        taken = time.monotonic() - began
    assert taken < 5  # and not the ten seconds that a page waits which has something to keep
    assert noted_at(database) == before
    assert [one.levelname for one in caplog.records if one.name == afterwards.__name__] == [
        "WARNING"
    ]
    at_home.get("/home").close()
    assert noted_at(database) == clock.now()


def test_what_broke_is_told_as_an_error(app, caplog):
    def break_off(_own):
        raise ValueError("broken")

    with app.test_request_context():
        afterwards.after_answer(break_off)
        app.process_response(app.response_class()).close()
    assert [one.levelname for one in caplog.records if one.name == afterwards.__name__] == ["ERROR"]
