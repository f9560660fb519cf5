"""All of a nightly file or none of it: broken at every statement, killed before the commit; readers
never wait.
"""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, func, select, text

from app.models import AuditEntry, Borrower, Loan, LoanSnapshot, NightlyFault, NightlyFile
from app.services.core.context import Actor
from app.services.core.transaction import transaction
from app.services.nightly.importing import import_book
from app.services.proposals.drafts import lock_loans
from tests.support.acting import acting
from tests.support.books import ListBook, good_cells
from tests.support.databases import opened

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
BOOK = ListBook([good_cells(1), good_cells(2, 手机号码="1"), good_cells(3)])
MODELS = (Borrower, Loan, LoanSnapshot, NightlyFile, NightlyFault, AuditEntry)


class Broken(Exception):
    pass


def _take_in(session, vault, book=BOOK):
    return import_book(
        session, acting(now=NOW, actor=Actor("cli:import-book"), vault=vault), book=book
    )


def _counted(session):
    return [session.scalar(select(func.count()).select_from(model)) for model in MODELS]


def _counts(database):
    with database.sessions() as session:
        return _counted(session)


def _break_at(engine, number):
    seen = []

    def count(*_arguments):
        seen.append(1)
        if len(seen) == number:
            raise Broken

    event.listen(engine, "before_cursor_execute", count)
    return lambda: event.remove(engine, "before_cursor_execute", count)


def test_broken_at_any_statement_nothing_of_the_file_is_stored(database, vault):
    before = _counts(database)
    for number in range(1, 200):
        mend = _break_at(database.engine, number)
        try:
            with database.sessions() as session:
                _take_in(session, vault)
        except Broken:
            mend()
            assert _counts(database) == before, number
            continue
        mend()
        break
    assert number > 20
    assert _counts(database) == [2, 2, 2, 1, 1, before[5] + 1]


@pytest.mark.parametrize("moment", ["INSERT INTO loans", "INSERT INTO audit", "commit"])
def test_killed_half_way_nothing_is_stored_and_the_file_can_be_taken_in_again(
    database, settings, vault, moment
):
    before = _counts(database)
    script = (
        "import os, signal, sys\n"
        "from sqlalchemy import event\n"
        "from tests.services.nightly.test_whole_file import kill_at, taken_in\n"
        "taken_in(sys.argv[1], sys.argv[2], kill_at(sys.argv[3]))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, database.address, str(settings.instance_dir), moment],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert _counts(database) == before
    with database.sessions() as session:
        assert _take_in(session, vault).state == "applied"
    assert _counts(database)[:4] == [2, 2, 2, 1]


def kill_at(moment):
    """A listener that kills this process before a statement, or before the commit."""

    def install(engine):
        def before_statement(_connection, _cursor, statement, *_rest):
            if moment in statement:
                os.kill(os.getpid(), signal.SIGKILL)

        def commit(connection):
            if connection.exec_driver_sql("SELECT count(*) FROM loans").scalar():
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(engine, "before_cursor_execute", before_statement)
        if moment == "commit":
            event.listen(engine, "commit", commit)

    return install


def taken_in(address, instance_dir, install):
    """Import in a process of its own."""
    from app.config import Settings
    from app.db import make_engine, make_session_factory
    from app.wiring import make_gateways

    engine = make_engine(address)
    install(engine)
    gateways = make_gateways(
        Settings.from_env({"INSTANCE_DIR": instance_dir, "DATABASE_URL": address})
    )
    with make_session_factory(engine)() as session:
        _take_in(session, gateways.vault)


def test_a_reader_never_waits_for_an_import(database, vault):
    seen = []
    never_wait = {"sqlite": "PRAGMA busy_timeout = 0", "postgresql": "SET lock_timeout = '1ms'"}[
        database.kind
    ]

    def read_beside(_connection, _cursor, statement, *_rest):
        if (
            statement.startswith(("INSERT INTO loan_snapshots", "INSERT INTO audit"))
            and len(seen) < 4
        ):
            with opened(database.url) as beside, beside.sessions() as session:
                session.execute(text(never_wait))
                seen.append(_counted(session)[1])

    event.listen(database.engine, "before_cursor_execute", read_beside)
    with database.sessions() as session:
        _take_in(session, vault)
    event.remove(database.engine, "before_cursor_execute", read_beside)
    assert seen == [0, 0, 0]
    assert _counts(database)[1] == 2


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_borrower_who_answers_never_waits_for_an_import(database, vault):
    """Whatever the file has written so far, up to the moment when all of it is seen at once."""
    rows = [good_cells(number) for number in range(1, 13)]
    # A loan that changes, one that is gone, a new one of a borrower who was there.
    changed = [good_cells(1, paid=9), *rows[1:11], good_cells(1) | {"借据号": "JJ19999999"}]
    with database.sessions() as session:
        _take_in(session, vault, ListBook(rows))
        people = session.scalars(select(Loan.borrower_id).order_by(Loan.id)).all()
    went = []

    def write_beside(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("INSERT INTO loan", "UPDATE loans")):
            return
        with opened(database.url) as beside:
            for borrower in people:
                with beside.sessions() as session, transaction(session):
                    session.execute(text("SET LOCAL lock_timeout = '20ms'"))
                    lock_loans(session, borrower_id=borrower)
                    agree = select(Borrower).where(Borrower.id == borrower)
                    session.scalars(agree.with_for_update(key_share=True)).one()
        went.append(statement.split(" (")[0][:30])

    event.listen(database.engine, "after_cursor_execute", write_beside)
    with database.sessions() as session:
        assert _take_in(session, vault, ListBook(changed)).vanished == 1
    event.remove(database.engine, "after_cursor_execute", write_beside)
    assert {"INSERT INTO loans", "INSERT INTO loan_snapshots"} <= set(went)
    assert sum(one.startswith("UPDATE loans") for one in went) >= 2
