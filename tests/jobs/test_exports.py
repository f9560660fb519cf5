"""The job that makes exports: one for each that is asked for, and it deletes what lapsed."""

from datetime import timedelta

import pytest

from app.jobs import exports
from app.jobs.report import Report
from app.ports.work import Piece
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.exporting import asked
from tests.support.people import make_staff


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_each_export_is_made_once_and_files_lapse(database, gateways, settings):
    with database.sessions() as session:
        staff_id = make_staff(session, "finance").id
        wanted = [asked(session, staff_id) for _ in range(2)]

    def surroundings(now):
        return acting(now=now, site=settings.site, gateways=gateways)

    told = [
        exports.make(database.sessions, surroundings(NOW), Piece("exports", {"export": one}))
        for one in (*wanted, wanted[0])
    ]
    assert told == [Report("exports", 1), Report("exports", 1), Report("exports", 0)]
    assert len(list(gateways.storage.root.rglob("*.csv"))) == 6
    later = surroundings(NOW + timedelta(days=8))
    assert exports.run(database.sessions, later, 200) == Report("exports", done=2)
    assert not list(gateways.storage.root.rglob("*.csv"))
