"""What stood before a file is kept for the last files, and nothing that is referred to is lost."""

from sqlalchemy import func, select

from app.models import Base, Loan, NightlyFile
from app.models.befores import BEFORES, BORROWER_VALUES, LOAN_BEFORES, LOAN_VALUES, SNAPSHOT_VALUES
from app.services.staged import befores
from app.services.staged.applying import FIGURES, MOBILE, NAME, TERMS
from tests.support.books import good_cells


def test_all_that_a_file_writes_is_kept():
    written = {"borrower_id", "as_of_on", "is_in_book", "missing_since_on"}
    assert set(TERMS) | written == set(LOAN_VALUES)
    assert set(FIGURES) | {"line", "as_of_on"} == set(SNAPSHOT_VALUES)
    assert {*NAME, *MOBILE, "key_version", "is_contested"} == set(BORROWER_VALUES)


def test_a_loan_that_is_new_has_nothing_before_it(take_in, session):
    take_in(good_cells(1))
    rows = session.execute(select(LOAN_BEFORES.c.is_new, LOAN_BEFORES.c.paid)).all()
    assert rows == [(True, None)]
    take_in(good_cells(1, paid=9), good_cells(2))
    rows = session.execute(
        select(LOAN_BEFORES.c.is_new, LOAN_BEFORES.c.paid).order_by(LOAN_BEFORES.c.id)
    ).all()
    assert rows[1:] == [(False, 8), (True, None)]


def test_rows_are_kept_for_the_last_files_only(take_in, session, monkeypatch):
    monkeypatch.setattr(befores, "KEPT_FILES", 2)
    for paid in (5, 6, 7):
        take_in(good_cells(1, paid=paid))
    kept = set(session.scalars(select(LOAN_BEFORES.c.file_id)))
    files = session.scalars(select(NightlyFile.id).order_by(NightlyFile.id)).all()
    assert kept == set(files[1:])


def test_every_table_that_names_a_loan_or_a_borrower_is_asked(session):
    """By the names of the columns: a table that comes tomorrow is asked as well."""
    for name in ("loan_id", "borrower_id"):
        asked = {
            fk.parent.table.name
            for table in Base.metadata.sorted_tables
            for fk in table.foreign_keys
            if fk.column.table.name == f"{name[:-3]}s"
        }
        named = {table.name for table in Base.metadata.sorted_tables if name in table.c}
        assert asked <= named
    assert session.scalar(select(func.count()).select_from(Loan)) == 0
    assert all("file_id" in table.c for table in BEFORES)
