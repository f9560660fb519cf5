"""Several hosts make the same day at once: one set counts, everybody is told the same."""

import pytest
from sqlalchemy import func, select

from app.models import AuditEntry, LenderFileSet
from app.services.lender_files.making import make_day
from tests.services.lender_files.conftest import TODAY
from tests.support.races import few, rounds, run_together

pytestmark = pytest.mark.race
HOSTS = 4


def test_many_hosts_make_one_day_once(database, context, gateways):
    from datetime import timedelta

    later = context.at(context.now + timedelta(days=60))
    for number in rounds(few()):
        on = TODAY + timedelta(days=number)
        told = run_together(
            lambda _n, day=on: make_day(database.sessions, later, on=day), threads=HOSTS
        )
        assert len(set(map(str, told))) == 1, told
        with database.sessions() as session:
            made = select(func.count()).where(AuditEntry.action == "lender_files.made")
            assert session.scalar(made) == number + 1
            assert session.scalar(select(func.count()).select_from(LenderFileSet)) == number + 1
        assert len(list(gateways.storage.root.iterdir())) == number + 1
