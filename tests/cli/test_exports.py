"""export-agreements: files in a folder, sums in fen, a record of it."""

import hashlib

import pytest
from sqlalchemy import select

from app.domain.nightly_fields import clean
from app.models import AuditEntry, Borrower, Export, Loan, PlanVersion
from app.services.finance import export_files
from tests.support.books import CASES
from tests.support.exporting import signed
from tests.support.reading_back import csv_rows, fen, table, workbook

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def agreement(database, gateways, settings):
    with database.sessions() as session:
        return signed(session, gateways.vault, settings.site, pdf=b"%PDF-1")


@pytest.mark.parametrize(("form", "files"), [("csv", 3), ("xlsx", 1), ("pdf", 1)])
def test_files_are_those_it_tells_of(answer, database, agreement, tmp_path, form, files):
    out = tmp_path / "给财务" / "11月"
    status, found = answer("export-agreements", "--format", form, "--out", out)
    assert status == 0
    assert set(found) == {"files", "total_fen", "ledger_total_fen"}
    assert found["ledger_total_fen"] == found["total_fen"] > 0
    assert len(found["files"]) == files
    for one in found["files"]:
        assert set(one) == {"name", "rows", "sha256"}
        assert hashlib.sha256((out / one["name"]).read_bytes()).hexdigest() == one["sha256"]
    assert sorted(path.name for path in out.iterdir()) == sorted(
        one["name"] for one in found["files"]
    )
    assert found["files"][0]["rows"] == 1
    with database.sessions() as session:
        assert found["total_fen"] == session.get_one(PlanVersion, agreement.version_id).total_fen
        export = session.scalars(select(Export)).one()
        assert (export.actor, export.purpose, export.state, export.rows) == (
            "cli:export-agreements",
            "cli",
            "done",
            1,
        )
        assert export.sha256
        actions = session.scalars(
            select(AuditEntry.action).where(AuditEntry.object_kind == "export")
        ).all()
        assert actions == ["export.asked", "export.made"]


def test_an_agreement_that_differs_from_its_books_is_named(
    answer, run, agreement, tmp_path, monkeypatch
):
    plain = export_files._claim
    monkeypatch.setattr(
        export_files, "_claim", lambda row: plain(row)._replace(total_fen=row.total_fen + 1)
    )
    status, found = answer("export-agreements", "--format", "csv", "--out", tmp_path / "o")
    assert (status, found["error"]) == (1, "ledger_differs")
    assert agreement.number in found["message"]
    assert found["ledger_total_fen"] == found["total_fen"] > 0
    status, told, _aside = run("export-agreements", "--format", "xlsx", "--out", tmp_path / "p")
    assert (status, agreement.number in told) == (1, True)


def test_the_sums_of_the_file_are_those_told(answer, agreement, tmp_path):
    _status, found = answer("export-agreements", "--format", "csv", "--out", tmp_path / "o")
    rows, total, _note = table(csv_rows((tmp_path / "o" / found["files"][0]["name"]).read_bytes()))
    assert fen(total["合计"]) == found["total_fen"] == sum(fen(row["合计"]) for row in rows)


@pytest.mark.parametrize(
    ("days", "count"),
    [
        (("--from", "2026-11-23", "--to", "2026-11-23"), 1),
        (("--to", "2026-11-22"), 0),
        (("--from", "2026-11-24"), 0),
    ],
)
def test_days_are_those_of_the_signature(answer, agreement, tmp_path, days, count):
    status, found = answer("export-agreements", *days, "--format", "csv", "--out", tmp_path / "o")
    assert (status, found["files"][0]["rows"]) == (0, count)
    assert (found["total_fen"] > 0) == bool(count)


@pytest.mark.parametrize(
    "words",
    [
        ("--format", "doc"),
        ("--format", "csv", "--from", "2026-11-24", "--to", "2026-11-23"),
        ("--format", "csv", "--from", "yesterday"),
        (),
    ],
)
def test_wrong_usage_is_told(run, agreement, tmp_path, words):
    status, told, _aside = run("export-agreements", *words, "--out", tmp_path / "o")
    assert (status, told) == (2, "")


def test_a_folder_that_cannot_be_written_is_refused(answer, agreement, tmp_path):
    (tmp_path / "in-the-way").write_text("x")
    status, found = answer(
        "export-agreements", "--format", "csv", "--out", tmp_path / "in-the-way" / "x"
    )
    assert (status, found["error"]) == (1, "gateway_down")


def test_people_read_words(run, agreement, tmp_path):
    status, told, _aside = run("export-agreements", "--format", "xlsx", "--out", tmp_path / "o")
    assert status == 0
    assert "1 份协议，合计 ¥" in told
    assert "总账里的合计 ¥" in told


@pytest.fixture
def numbered(answer, database, gateways, settings):
    """Two agreements on loans whose numbers are long digits, and digits after zeros."""
    status, told = answer("import-book", CASES / "digits-ref-csv-export" / "loan_book.csv")
    assert (status, told["accepted"]) == (0, 2)
    with database.sessions() as session:
        for loan in session.scalars(select(Loan).order_by(Loan.id)).all():
            who = session.get_one(Borrower, loan.borrower_id)
            signed(session, gateways.vault, settings.site, borrower=who, loan=loan)


def written(answer, folder, form):
    _status, found = answer("export-agreements", "--format", form, "--out", folder)
    return [folder / one["name"] for one in found["files"]]


def test_a_double_click_shows_numbers_of_digits_whole(answer, numbered, tmp_path):
    refs = {"20261120000000012345", "00012345"}
    for path in written(answer, tmp_path / "csv", "csv"):
        rows, _total, _note = table(csv_rows(path.read_bytes()))
        assert {row["借据号"] for row in rows} == {f"\t{ref}" for ref in refs}
        # Our reader drops the tab.
        assert {clean(row["借据号"]) for row in rows} == refs
        assert not any(f"'{ref}" in path.read_text("utf-8-sig") for ref in refs)
    (path,) = written(answer, tmp_path / "xlsx", "xlsx")
    cells = {str(cell.value) for sheet in workbook(path) for row in sheet.rows for cell in row}
    assert refs <= cells
    assert not any(cell.startswith("\t") for cell in cells)
