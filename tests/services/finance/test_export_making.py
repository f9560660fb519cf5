"""The making of exports: leases, kills, several workers, progress, memory, and the end of what is
kept.
"""

import tracemalloc
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.errors import NotFound
from app.models import AuditEntry, Export
from app.services.finance import export_making, export_queries, register_queries
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.exporting import asked, copies, export_made, files_of, work
from tests.support.races import run_together

ONLY_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_two_workers_make_one_export(database, gateways, finance, agreements):
    with database.sessions() as session:
        public_id = asked(session, finance)
    made = run_together(lambda _thread: work(database, gateways), threads=8)
    assert sum(one.made for one in made) == 1
    with database.sessions() as session:
        assert session.scalar(select(func.count()).where(AuditEntry.action == "export.made")) == 1
    assert len(files_of(database, gateways, public_id, finance)) == 3
    assert len([one for one in gateways.storage.root.rglob("*") if one.is_file()]) == 3


def test_a_killed_worker_is_followed_by_another(database, gateways, finance, agreements):
    """What the first one left lies in its own folder and goes."""
    with database.sessions() as session:
        public_id = asked(session, finance)
    killed = export_making._claim(database.sessions, acting(), gateways.storage)
    with gateways.storage.writing(killed.folder + "half.csv") as file:
        file.write(b"half")
    assert work(database, gateways).made == 0  # leased
    later = NOW + export_making.LEASE
    assert work(database, gateways, now=later).made == 1
    assert len(files_of(database, gateways, public_id, finance)) == 3
    assert not (gateways.storage.root / killed.folder).exists()


def test_a_worker_that_lost_its_lease_finishes_nothing(database, gateways, finance, agreements):
    """It was slow, not dead: what it wrote does not count and goes."""
    with database.sessions() as session:
        public_id = asked(session, finance)
    slow = export_making._claim(database.sessions, acting(), gateways.storage)
    assert work(database, gateways, now=NOW + export_making.LEASE).made == 1
    assert not export_making._make(database.sessions, acting(gateways=gateways), slow, lambda: NOW)
    with database.sessions() as session:
        assert session.scalar(select(func.count()).where(AuditEntry.action == "export.made")) == 1
        assert session.scalars(select(Export.state)).one() == "done"
    assert len(files_of(database, gateways, public_id, finance)) == 3
    assert not (gateways.storage.root / slow.folder).exists()


@ONLY_SQLITE
def test_what_breaks_is_tried_again_and_then_told(
    database, gateways, finance, agreements, monkeypatch
):
    def broken(*_args, **_more):
        raise OSError("disk full")

    monkeypatch.setattr(export_making, "write_files", broken)
    with database.sessions() as session:
        asked(session, finance)
    states = []
    for minutes in (0, 2, 4, 6):
        work(database, gateways, now=NOW + timedelta(minutes=minutes))
        with database.sessions() as session:
            states.append(session.scalars(select(Export.state)).one())
    assert states == ["waiting", "waiting", "failed", "failed"]


def test_progress_is_told_while_it_runs(
    database, gateways, settings, finance, agreements, monkeypatch
):
    monkeypatch.setattr(register_queries, "BATCH", 1)
    seen, plain = [], export_making._note

    def note(sessions, claimed, now, values):
        plain(sessions, claimed, now, values)
        with database.sessions() as session:
            seen.append(session.execute(select(Export.state, Export.rows_done, Export.rows)).one())

    monkeypatch.setattr(export_making, "_note", note)
    export_made(database, gateways, finance)
    assert [tuple(one) for one in seen] == [("running", done, 3) for done in range(4)]


@ONLY_SQLITE
def test_two_thousand_agreements_take_no_more_memory_than_a_few(
    database, gateways, settings, finance, agreements
):
    def peak(form):
        tracemalloc.start()
        public_id = export_made(database, gateways, finance, form=form)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        with database.sessions() as session:
            return found, session.scalars(
                select(Export.rows).where(Export.public_id == public_id)
            ).one()

    few = {form: peak(form)[0] for form in ("csv", "xlsx")}
    with database.sessions() as session:
        copies(session, agreements[0], 2_000)
    many = {form: peak(form) for form in ("csv", "xlsx")}
    assert {rows for _bytes, rows in many.values()} == {2_003}
    for form, (most, _rows) in many.items():
        assert most < few[form] + 8_000_000, form


def test_files_go_after_the_days_of_the_policy_and_the_record_stays(
    database, gateways, finance, agreements
):
    public_id = export_made(database, gateways, finance)

    def clean(now):
        with database.sessions() as session:
            return export_making.delete_lapsed(
                session, acting(now=now), storage=gateways.storage, limit=10
            )

    assert clean(NOW + timedelta(days=7) - timedelta(seconds=1)) == 0
    assert [clean(NOW + timedelta(days=7)) for _ in range(2)] == [1, 0]
    assert not [one for one in gateways.storage.root.rglob("*") if one.is_file()]
    with pytest.raises(NotFound):
        files_of(database, gateways, public_id, finance)
    with database.sessions() as session:
        view = export_queries.export_page(session, acting(), maker_id=finance, after=None).exports[
            0
        ]
        assert (view.state, view.is_kept, view.rows) == ("lapsed", False, 3)
        assert view.files[0].sha256
