"""Exports are asked for with a purpose, once and within a limit, and taken by who may; on
record.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.errors import NotFound
from app.models import AuditEntry, Export
from app.ports.work import Order
from app.services.core.request_keys import KeyReused
from app.services.finance import export_queries, exports
from app.services.finance.exports import PurposeNeeded, TooManyExports
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.exporting import asked, export_made, files_of
from tests.support.people import make_staff
from tests.support.races import run_together
from tests.support.work import KeptOrders

# asking


def test_a_purpose_is_asked_for(database, finance):
    with database.sessions() as session:
        for purpose in ("", "   ", "x" * 201):
            with pytest.raises(PurposeNeeded):
                asked(session, finance, purpose=purpose)
        assert session.scalar(select(func.count()).select_from(Export)) == 0


def test_a_second_tap_asks_for_nothing_new(database, finance):
    def ask(_thread):
        with database.sessions() as session:
            return asked(session, finance, key="same")

    assert len(set(run_together(ask, threads=10))) == 1
    with database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Export)) == 1
        with pytest.raises(KeyReused):
            asked(session, finance, key="same", purpose="别的")
        with pytest.raises(KeyReused):
            asked(session, make_staff(session, "finance", username="qian").id, key="same")


def test_the_work_is_asked_for_with_the_export_and_once(database, finance):
    orders = KeptOrders()
    gateways = replace(acting().gateways, work=orders)
    with database.sessions() as session:
        public_id, again = (asked(session, finance, key="k", gateways=gateways) for _ in range(2))
    assert again == public_id
    assert orders.orders == [
        Order("exports", {"export": public_id}, key=f"export:{public_id}"),
    ]


def test_what_is_not_asked_for_in_the_end_is_not_made(database, gateways, finance, monkeypatch):
    """The engine takes part in the transaction."""

    def broken(*_args, **_more):
        raise OSError("planted")

    monkeypatch.setattr(exports, "record", broken)
    with database.sessions() as session, pytest.raises(OSError, match="planted"):
        asked(session, finance, gateways=gateways)
    with database.sessions() as session:
        assert gateways.work.state(session.connection()).waiting == 0


def test_five_an_hour_and_no_more(database, finance):
    def ask(number):
        with database.sessions() as session:
            return asked(session, finance, now=NOW + timedelta(minutes=number))

    told = [type(one).__name__ for one in run_together(ask, threads=8)]
    assert told.count("str") == 5
    assert told.count("TooManyExports") == 3
    with database.sessions() as session:
        with pytest.raises(TooManyExports) as refused:
            asked(session, finance, now=NOW + timedelta(minutes=30))
        assert 0 < refused.value.wait_seconds <= 3600
        assert asked(session, finance, now=NOW + timedelta(hours=2))
        asked(
            session,
            make_staff(session, "finance", username="qian").id,
            now=NOW + timedelta(minutes=30),
        )


# taking and keeping


def test_only_the_maker_or_compliance_takes_it(database, gateways, finance, agreements):
    public_id = export_made(database, gateways, finance)
    assert files_of(database, gateways, public_id, None)
    with database.sessions() as session:
        other = make_staff(session, "finance", username="qian").id
    with pytest.raises(NotFound):
        files_of(database, gateways, public_id, other)
    with database.sessions() as session:
        assert (
            export_queries.export_page(session, acting(), maker_id=other, after=None).exports == ()
        )
        assert (
            len(export_queries.export_page(session, acting(), maker_id=finance, after=None).exports)
            == 1
        )
        taken = session.scalars(select(AuditEntry).where(AuditEntry.action == "export.taken")).all()
        assert [one.object_id for one in taken] == [public_id] * 3
