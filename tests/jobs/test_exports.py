"""The job that makes exports: one a turn, and it deletes what lapsed."""

from datetime import timedelta

import pytest

from app.jobs import exports
from app.jobs.report import Report
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.exporting import asked
from tests.support.people import make_staff


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_one_export_a_turn_and_files_lapse(database, gateways, settings):
    with database.sessions() as session:
        staff_id = make_staff(session, "finance").id
        for _ in range(2):
            asked(session, staff_id)

    def run(now):
        return exports.run(
            database.sessions, acting(now=now, site=settings.site, gateways=gateways), 200
        )

    assert [run(NOW) for _ in range(3)] == [
        Report("exports", done=1),
        Report("exports", done=1),
        Report("exports", 0),
    ]
    assert len(list(gateways.storage.root.rglob("*.csv"))) == 6
    assert run(NOW + timedelta(days=8)) == Report("exports", done=2)
    assert not list(gateways.storage.root.rglob("*.csv"))
