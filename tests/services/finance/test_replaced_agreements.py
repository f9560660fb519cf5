"""A replaced agreement is listed with its money; its sums are counted in its successor alone."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.models import Borrower, Export
from app.services.register.filter import RegisterFilter
from app.services.register.sums import parts_totals, register_totals
from tests.support.changing import change_signed
from tests.support.clock import NOW
from tests.support.exporting import export_made, files_of
from tests.support.kept_plans import AFTER
from tests.support.kinds import signed_of
from tests.support.money import paid, plan_of
from tests.support.reading_back import csv_rows, fen, table
from tests.support.signing import plain


@pytest.fixture
def both(database, gateways, settings):
    """The numbers of an agreement with money and of the one signed in its place."""
    with database.sessions() as session:
        old, loan, _version = signed_of(session, gateways.vault, settings.site, "reamortise")
        paid(session, old.number, fen=30_000, on=date(2026, 11, 24))
        borrower = session.get_one(Borrower, plan_of(session, old.number).borrower_id)
        new = change_signed(
            session,
            plain(gateways),
            settings.site,
            borrower=borrower,
            loan=loan,
            agreement=old.number,
            now=NOW + timedelta(days=1),
        )
        return old.number, new


def test_the_register_lists_both_and_adds_up_one(database, both):
    with database.sessions() as session:
        found = {
            state: register_totals(session, wanted=RegisterFilter(state=state))
            for state in (None, "active", "replaced")
        }
        anew = parts_totals(session, wanted=RegisterFilter())
    assert [found[one].count for one in (None, "active", "replaced")] == [2, 1, 1]
    assert found[None].total_fen == found["active"].total_fen == anew.total_fen > 0
    assert found["replaced"].total_fen == 0
    assert (anew.count, anew.instalments) == (2, found[None].instalments)


def test_files_tell_both_and_their_total_counts_nothing_twice(database, gateways, finance, both):
    old, new = both
    public_id = export_made(database, gateways, finance, now=AFTER)
    with database.sessions() as session:
        made = session.scalars(select(Export)).one()
        assert made.state == "done"
        total_fen = made.total_fen
    register, instalments, _loans = (
        table(csv_rows(data)) for data in files_of(database, gateways, public_id, finance).values()
    )
    rows, total, _note = register
    told = {row["协议号"]: row for row in rows}
    assert {number: told[number]["状态"] for number in both} == {old: "已取代", new: "执行中"}
    assert fen(total["合计"]) == fen(told[new]["合计"]) == total_fen
    assert fen(told[old]["合计"]) > 0
    # What came stays with the earlier one, and nothing of it is open.
    assert (fen(told[old]["已收"]), fen(told[old]["未还"])) == (30_000, 0)
    assert fen(total["已收"]) == 30_000
    assert fen(total["未还"]) == fen(told[new]["未还"])
    mine = [line for line in instalments[0] if line["协议号"] == old]
    assert {line["本期状态"] for line in mine} == {"已取代"}
