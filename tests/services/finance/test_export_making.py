"""The making of exports: kills, several workers, progress, memory, and the end of what is
kept.
"""

import tracemalloc
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.errors import GatewayDown, NotFound
from app.models import AuditEntry, Export
from app.services.finance import export_making, export_queries, register_queries
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.exporting import asked, copies, export_made, files_of, make
from tests.support.races import run_together

ONLY_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_two_workers_make_one_export(database, gateways, finance, agreements):
    """However often the engine hands it out: the last to begin finishes."""
    with database.sessions() as session:
        public_id = asked(session, finance)
    made = run_together(lambda _thread: make(database, gateways, public_id), threads=8)
    assert made.count(True) == 1
    with database.sessions() as session:
        assert session.scalar(select(func.count()).where(AuditEntry.action == "export.made")) == 1
    assert len(files_of(database, gateways, public_id, finance)) == 3
    assert len([one for one in gateways.storage.root.rglob("*") if one.is_file()]) == 3


def begun(database, gateways, public_id):
    return export_making._claim(database.sessions, acting(gateways=gateways), public_id)


def test_a_killed_worker_is_followed_by_another(database, gateways, finance, agreements):
    """What the first one left lies in its own folder and goes."""
    with database.sessions() as session:
        public_id = asked(session, finance)
    killed = begun(database, gateways, public_id)
    with gateways.storage.writing(killed.folder + "half.csv") as file:
        file.write(b"half")
    assert make(database, gateways, public_id, attempt=2)
    assert len(files_of(database, gateways, public_id, finance)) == 3
    assert not (gateways.storage.root / killed.folder).exists()


@ONLY_SQLITE
def test_one_that_still_writes_keeps_nobody_from_going_on(
    database, gateways, finance, agreements, monkeypatch
):
    """A folder into which the worker before writes just now cannot be deleted by another."""
    with database.sessions() as session:
        public_id = asked(session, finance)
    slow = begun(database, gateways, public_id)
    plain = type(gateways.storage).delete

    def delete(storage, folder):
        if folder == slow.folder:
            raise GatewayDown("Directory not empty")
        plain(storage, folder)

    monkeypatch.setattr(type(gateways.storage), "delete", delete)
    assert make(database, gateways, public_id, attempt=2)


def test_a_worker_that_was_overtaken_finishes_nothing(database, gateways, finance, agreements):
    """It was slow, not dead: what it wrote does not count and goes."""
    with database.sessions() as session:
        public_id = asked(session, finance)
    slow = begun(database, gateways, public_id)
    assert make(database, gateways, public_id, attempt=2)
    surroundings = acting(gateways=gateways)
    assert not export_making._make(
        database.sessions, surroundings, slow, lambda: NOW, is_last=False
    )
    with database.sessions() as session:
        assert session.scalar(select(func.count()).where(AuditEntry.action == "export.made")) == 1
        assert session.scalars(select(Export.state)).one() == "done"
    assert len(files_of(database, gateways, public_id, finance)) == 3
    assert not (gateways.storage.root / slow.folder).exists()


def test_one_that_is_made_is_not_made_again(database, gateways, finance, agreements):
    public_id = export_made(database, gateways, finance)
    assert not make(database, gateways, public_id, attempt=2)
    assert not make(database, gateways, "nothing")
    assert len(files_of(database, gateways, public_id, finance)) == 3


@ONLY_SQLITE
def test_what_breaks_is_the_engines_to_try_again_and_then_told(
    database, gateways, finance, agreements, monkeypatch
):
    def broken(*_args, **_more):
        raise OSError("disk full")

    plain = export_making.write_files
    monkeypatch.setattr(export_making, "write_files", broken)
    with database.sessions() as session:
        public_id = asked(session, finance)

    def found():
        with database.sessions() as session:
            return session.execute(select(Export.state, Export.fault)).one()

    states = []
    for attempt in (1, 2, 3):
        with pytest.raises(OSError, match="disk full"):
            export_making.make_export(
                database.sessions,
                acting(gateways=gateways),
                public_id=public_id,
                attempt=attempt,
                present=lambda: NOW,
            )
        states.append(tuple(found()))
    assert states == [("waiting", "OSError"), ("waiting", "OSError"), ("failed", "OSError")]

    monkeypatch.setattr(export_making, "write_files", plain)
    assert make(database, gateways, public_id, attempt=1)  # someone had it tried once more
    assert tuple(found()) == ("done", None)


@ONLY_SQLITE
def test_one_that_workers_die_of_is_given_up(database, gateways, finance, agreements):
    with database.sessions() as session:
        public_id = asked(session, finance)
    for _ in range(3):
        begun(database, gateways, public_id)
    assert not make(database, gateways, public_id, attempt=4)
    with database.sessions() as session:
        found = session.execute(select(Export.state, Export.fault)).one()
        assert tuple(found) == ("failed", "worker_died")
        assert session.scalar(select(func.count()).where(AuditEntry.action == "export.failed")) == 1


def test_progress_is_told_while_it_runs(
    database, gateways, settings, finance, agreements, monkeypatch
):
    monkeypatch.setattr(register_queries, "BATCH", 1)
    seen, plain = [], export_making._note

    def note(sessions, claimed, values):
        plain(sessions, claimed, values)
        with database.sessions() as session:
            seen.append(session.execute(select(Export.state, Export.rows_done, Export.rows)).one())

    monkeypatch.setattr(export_making, "_note", note)
    export_made(database, gateways, finance)
    assert [tuple(one) for one in seen] == [("running", done, 3) for done in range(4)]


@ONLY_SQLITE
def test_hundreds_of_agreements_take_no_more_memory_than_a_few(
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
        copies(session, agreements[0], 600)
    many = {form: peak(form) for form in ("csv", "xlsx")}
    assert {rows for _bytes, rows in many.values()} == {603}
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
