"""A file of a day is handed to who asks while it is kept, on record."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import AuditEntry
from app.services.core.context import Actor
from app.services.lender_files.making import KEPT_DAYS, delete_lapsed
from app.services.lender_files.taking import take_lender_file
from tests.support.clock import NOW
from tests.support.core_files import core_files_of_yesterday


@pytest.fixture
def public_id(database, gateways, site):
    return core_files_of_yesterday(database, gateways, site)


def take(session, context, public_id, number=1):
    by = context.by(Actor("staff:x"))
    name, file = take_lender_file(session, by, public_id=public_id, number=number)
    with file:
        return name, file.read()


def test_it_is_named_by_its_day_and_on_record(database, context, public_id):
    with database.sessions() as session:
        name, data = take(session, context, public_id, 2)
        assert name == "20261122-holds.csv"
        assert data.decode().startswith("借据号,客户编号,原因")
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert (entry.action, entry.actor, entry.after) == (
        "lender_files.taken",
        "staff:x",
        {"names": ["holds.csv"]},
    )


@pytest.mark.parametrize("number", [0, 7, -1])
def test_what_is_not_there_is_not_handed_out(database, context, public_id, number):
    with database.sessions() as session:
        for asked in (public_id, "x" * 20):
            with pytest.raises(NotFound):
                take(session, context, asked, number)


def test_past_their_days_files_are_as_absent_as_none(database, context, public_id):
    over = context.at(NOW + timedelta(days=KEPT_DAYS + 1))
    with database.sessions() as session:
        delete_lapsed(session, over, limit=9)
        with pytest.raises(NotFound):
            take(session, context, public_id)
