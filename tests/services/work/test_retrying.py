"""Work that failed is tried anew by a person, once and on record."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.errors import NotFound
from app.models import AuditEntry
from app.ports.work import Order, Task
from app.services.work.retrying import KEPT, forget_failed, retry_piece
from tests.support.acting import acting
from tests.support.clock import NOW

TASK = Task("exports", attempts=1)


def broken(_piece):
    raise OSError("planted")


@pytest.fixture
def failed(database, gateways):
    with database.engine.begin() as connection:
        gateways.work.enqueue(connection, Order("exports", {"export": "e1"}, key="export:e1"))
    gateways.work.drain([TASK], broken)
    with database.engine.connect() as connection:
        (piece,) = gateways.work.failed(connection, limit=9)
    return piece.id


def test_it_is_handed_out_again_and_who_said_so_is_on_record(database, gateways, failed):
    with database.sessions() as session:
        context = acting(gateways=gateways)
        assert retry_piece(session, context, piece_id=failed) == "exports"
        with pytest.raises(NotFound):
            retry_piece(session, context, piece_id=failed)
    seen = []
    gateways.work.drain([TASK], seen.append)
    assert [one.args for one in seen] == [{"export": "e1"}]
    with database.sessions() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "work.retried")).one()
        assert (entry.object_id, entry.after) == (str(failed), {"task": "exports", "export": "e1"})


def test_what_does_not_exist_cannot_be_tried(database, gateways):
    with database.sessions() as session:
        with pytest.raises(NotFound):
            retry_piece(session, acting(gateways=gateways), piece_id=77)
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0


def test_it_is_forgotten_after_a_month(database, gateways, failed):
    with database.sessions() as session:
        now = NOW.replace(year=2099)
        assert forget_failed(session, acting(gateways=gateways), limit=9) == 0
        later = acting(now=now + KEPT + timedelta(days=1), gateways=gateways)
        assert [forget_failed(session, later, limit=9) for _ in range(2)] == [1, 0]
