"""Files that a kill left go; what an export under way or kept names stays."""

import os
from datetime import timedelta

from sqlalchemy import select

from app.models import AuditEntry
from app.services.finance import export_making
from app.services.finance.export_sweeping import sweep_files
from app.services.sweeping.folders import UNDER_WAY
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.exporting import asked, export_made, files_of

OLD = NOW - UNDER_WAY - timedelta(seconds=1)
YOUNG = NOW - UNDER_WAY + timedelta(seconds=1)


def sweep(database, gateways, limit=200):
    with database.sessions() as session:
        return sweep_files(session, acting(gateways=gateways), limit=limit)


def left_behind(gateways, folder, at=OLD):
    with gateways.storage.writing(f"{folder}/half.csv") as file:
        file.write(b"half")
    age(gateways, at)


def age(gateways, at):
    for one in gateways.storage.root.rglob("*"):
        os.utime(one, (at.timestamp(), at.timestamp()))


def folders(gateways) -> set[str]:
    return {one.name for one in gateways.storage.root.iterdir()}


def test_what_no_export_names_goes_and_what_is_kept_stays(database, gateways, finance, agreements):
    kept = export_made(database, gateways, finance)
    with database.sessions() as session:
        under_way = asked(session, finance)
    export_making._claim(database.sessions, acting(gateways=gateways), under_way)
    left_behind(gateways, f"{under_way}.1")
    for folder in (f"{kept}.2", "nobody.1", "odd"):
        left_behind(gateways, folder)
    assert sweep(database, gateways, limit=2) == 3
    assert folders(gateways) == {f"{kept}.1", f"{under_way}.1"}
    assert sweep(database, gateways) == 0
    assert len(files_of(database, gateways, kept, finance)) == 3
    with database.sessions() as session:
        told = session.scalars(select(AuditEntry.after).where(AuditEntry.action == "export.swept"))
        assert [one["folders"] for one in told] == [3]


def test_what_is_young_stays(database, gateways, finance):
    left_behind(gateways, "nobody.1", YOUNG)
    assert sweep(database, gateways) == 0
    age(gateways, OLD)
    assert sweep(database, gateways) == 1
