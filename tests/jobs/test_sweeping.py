"""What a kill left goes: papers and exports each hour, agreements once a night."""

import os
from datetime import timedelta

import pytest

from app.jobs import sweeping
from app.jobs.report import Report
from app.services.signed_files.keeping import store_pdf
from app.services.signed_files.sweeping import SPARED
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.signed_files import sealed_files

LONG_AGO = (NOW - SPARED - timedelta(days=2)).timestamp()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_files_of_agreements_that_nobody_names_go_once_a_night(database, gateways):
    swept = []
    for hour in range(24):
        store_pdf(gateways, b"%PDF")
        for one in gateways.agreements.root.rglob("*"):
            os.utime(one, (LONG_AGO, LONG_AGO))
        context = acting(now=NOW + timedelta(hours=hour), gateways=gateways)
        if sweeping.run(database.sessions, context, 9) != Report("sweeping", done=0):
            swept.append(hour)
            assert sealed_files(gateways) == set()
    assert swept == [17]  # three in the morning; it is ten at NOW
