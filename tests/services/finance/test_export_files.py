"""Exported files read back: rows, instalments and control rows equal the plans to the fen, from one
instant.
"""

import hashlib
import io
import zipfile
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from app.integrations.on_first_use import LateXlsx
from app.models import Agreement, AgreementFile, AuditEntry, Export, PlanPart, PlanVersion
from app.services.core.transaction import one_view
from app.services.finance import (
    export_files,
    export_making,
    export_queries,
    exports,
    register_queries,
)
from app.services.register.filter import RegisterFilter
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.exporting import ALL, WITH_FIRST, copies, export_made, files_of, signed
from tests.support.reading_back import csv_rows, fen, sheet_rows, table, with_libreoffice, workbook
from tests.support.signed_files import stored_pdf
from tests.support.signing import signed as really_signed

REGISTER_SUMS = ("方案本金", "方案利息（含原欠利息）", "方案罚息", "方案费用", "合计")
INSTALMENT_SUMS = ("本金", "利息（含原欠利息）", "罚息", "费用", "合计")
ONLY_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def stored_fen(database, *components) -> int:
    with database.sessions() as session:
        mine = select(Agreement.version_id)
        query = select(func.sum(PlanPart.fen)).where(PlanPart.version_id.in_(mine))
        return int(
            session.scalar(query.where(PlanPart.component.in_(components)) if components else query)
            or 0
        )


def check_tables(database, register, instalments, loans, *, count) -> None:
    """All tables against each other, their control rows and the stored parts."""
    rows, total, note = table(register)
    lines, sums, _note = table(instalments)
    each, summed, _note = table(loans)
    assert len(rows) == len(each) == count
    assert f"{count} 份协议" in note
    stored = [
        stored_fen(database, *one)
        for one in (("principal",), ("interest", "old_interest"), ("penalty",), ("fee",), ())
    ]
    for name, other, expected in zip(REGISTER_SUMS, INSTALMENT_SUMS, stored, strict=True):
        assert sum(fen(row[name]) for row in rows) == fen(total[name]) == expected, name
        assert sum(fen(line[other]) for line in lines) == fen(sums[other]) == expected, other
        assert sum(fen(loan[name]) for loan in each) == fen(summed[name]) == expected, name
    for row in rows:
        mine = [line for line in lines if line["协议号"] == row["协议号"]]
        first = mine[0]["期次"] if mine else None
        assert [int(line["期次"]) for line in mine] == list(range(int(first), int(row["期数"]) + 1))
        for name, other in zip(REGISTER_SUMS, INSTALMENT_SUMS, strict=True):
            assert sum(fen(line[other]) for line in mine) == fen(row[name])


def test_a_csv_export_equals_the_plans(database, gateways, finance, agreements):
    public_id = export_made(database, gateways, finance)
    found = files_of(database, gateways, public_id, finance)
    sheets = ("协议台账", "分期明细", "借款")
    assert list(found) == [f"{name}-20261123-100000.csv" for name in sheets]
    register, instalments, loans = map(csv_rows, found.values())
    check_tables(database, register, instalments, loans, count=3)
    rows, _total, note = table(register)
    odd = next(row for row in rows if row["客户号"].startswith("'"))
    assert odd["客户号"] == '\'=HYPERLINK("http://x.example")'
    assert odd["借据号"] == "'+900012345678901234"
    first = next(line for line in table(instalments)[0] if line["期次"] == "0")
    assert (first["到期日"], first["合计"]) == ("2026-11-26", "500.00")
    assert [row["签署日"] for row in rows] == ["2026-11-23", "2026-11-23", "2026-10-14"]
    assert {row["年化(IRR)"][-1] for row in rows} == {"%"}
    order = "先到期的一期：费用→罚息→利息→方案期间的利息→本金"
    assert {row["还款顺序"] for row in rows} == {order}
    assert "郑财务（zheng） 2026-11-23 10:00 导出" in note
    assert "用途：11月对账" in note
    assert "敏" not in str(register)
    with database.sessions() as session:
        export = session.scalars(select(Export).where(Export.public_id == public_id)).one()
        assert (export.state, export.rows, export.rows_done, export.total_fen) == (
            "done",
            3,
            3,
            stored_fen(database),
        )
        assert [one["rows"] for one in export.files] == [3, len(table(instalments)[0]), 3]
        made = session.scalars(select(AuditEntry).where(AuditEntry.action == "export.made")).one()
        assert made.actor == export.actor
        assert made.reason == "11月对账"
        assert made.after["sha256"] == export.sha256
        assert (made.after["rows"], made.after["filter"]) == (3, ALL.values())


def test_an_xlsx_export_equals_the_plans_and_holds_no_formula(
    database, gateways, finance, agreements, tmp_path
):
    found = files_of(
        database, gateways, export_made(database, gateways, finance, form="xlsx"), finance
    )
    (name,) = found
    path = tmp_path / name
    path.write_bytes(found[name])
    book = workbook(path)
    assert book.sheetnames == ["协议台账", "分期明细", "借款"]
    check_tables(database, *(sheet_rows(book[one]) for one in book.sheetnames), count=3)
    cells = [
        cell
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    heads = {cell.value: cell.column_letter for cell in book["协议台账"][1]}
    for words in ("协议号", "借据号", "客户号", "合同哈希"):
        assert {book["协议台账"][f"{heads[words]}{row}"].data_type for row in (2, 3, 4)} == {"s"}
    for amount in REGISTER_SUMS:
        cell = book["协议台账"][f"{heads[amount]}2"]
        assert (cell.data_type, cell.number_format) == ("n", "#,##0.00")


def test_a_table_that_needs_several_sheets_goes_on_in_the_next(
    database, gateways, finance, agreements, monkeypatch, tmp_path
):
    monkeypatch.setattr(LateXlsx, "most_rows", 7)
    found = files_of(
        database, gateways, export_made(database, gateways, finance, form="xlsx"), finance
    )
    path = tmp_path / "book.xlsx"
    path.write_bytes(next(iter(found.values())))
    book = workbook(path)
    parts = [one for one in book.sheetnames if one.startswith("分期明细")]
    assert book.sheetnames == ["协议台账", *parts, "借款"]
    assert len(parts) > 2
    # The first ones end with the note, the last with what all come to.
    pages = [list(sheet_rows(book[one])) for one in parts]
    whole = pages[0][:1] + [row for rows in pages[:-1] for row in rows[1:-1]] + pages[-1][1:]
    tables = sheet_rows(book["协议台账"]), whole, sheet_rows(book["借款"])
    check_tables(database, *tables, count=3)
    assert all(len(rows) == 1 + 7 + 1 for rows in pages[:-1])


@ONLY_SQLITE
def test_libreoffice_reads_both_the_same(database, gateways, finance, agreements, tmp_path):
    book = files_of(
        database, gateways, export_made(database, gateways, finance, form="xlsx"), finance
    )
    (tmp_path / "book.xlsx").write_bytes(next(iter(book.values())))
    to = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    sheets = {
        path.stem: path for path in with_libreoffice(tmp_path / "book.xlsx", to, tmp_path / "x")
    }
    read = [
        csv_rows(b"\xef\xbb\xbf" + sheets[name].read_bytes().replace(b"\n", b"\r\n"))
        for name in ("book-协议台账", "book-分期明细", "book-借款")
    ]
    check_tables(database, *read, count=3)
    assert "'+900012345678901234" in [row[1] for row in read[0]]

    plain = files_of(database, gateways, export_made(database, gateways, finance), finance)
    back = []
    for number, data in enumerate(plain.values()):
        (tmp_path / f"plain{number}.csv").write_bytes(data)
        (path,) = with_libreoffice(tmp_path / f"plain{number}.csv", "xlsx", tmp_path / f"c{number}")
        sheet = workbook(path).active
        assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
        back.append(sheet_rows(sheet))
    check_tables(database, *back, count=3)


def test_a_pdf_export_holds_every_signed_document_and_the_register(
    database, gateways, finance, agreements
):
    found = files_of(
        database, gateways, export_made(database, gateways, finance, form="pdf"), finance
    )
    (name,) = found
    assert name == "协议PDF-20261123-100000.zip"
    archive = zipfile.ZipFile(io.BytesIO(found[name]))
    assert archive.testzip() is None
    numbers = [one.number for one in agreements]
    assert sorted(archive.namelist()) == sorted(["清单.csv", *(f"{one}.pdf" for one in numbers)])
    with database.sessions() as session:
        for one in agreements:
            assert archive.read(f"{one.number}.pdf") == stored_pdf(session, gateways, one)
    rows, total, _note = table(csv_rows(archive.read("清单.csv")))
    assert fen(total["合计"]) == stored_fen(database)
    assert {row["PDF哈希"] for row in rows} == {one.pdf_sha256 for one in agreements}


@ONLY_SQLITE
def test_what_was_signed_for_real_is_exported_with_its_sealed_pdf(
    database, gateways, settings, finance
):
    with database.sessions() as session:
        borrower = make_borrower(session, gateways.vault)
        loan = make_loan(session, borrower)
        number = really_signed(
            session, gateways, settings.site, borrower=borrower, loan=loan, answers=WITH_FIRST
        )
        agreement = session.scalars(select(Agreement)).one()
    found = files_of(
        database, gateways, export_made(database, gateways, finance, form="pdf"), finance
    )
    archive = zipfile.ZipFile(io.BytesIO(next(iter(found.values()))))
    (row,), _total, _note = table(csv_rows(archive.read("清单.csv")))
    assert gateways.signer.read_seal(archive.read(f"{number}.pdf")).is_genuine
    assert (row["协议号"], row["合同哈希"], row["PDF哈希"]) == (
        number,
        agreement.text_sha256,
        agreement.pdf_sha256,
    )
    assert (row["审批人"], row["状态"]) == ("李静", "执行中")
    assert row["审批时间"].startswith("2026-11-23 ")
    printed = [agreement.text["first_payment"], *agreement.text["instalments"]]
    told = dict(one.split("：") for one in row["每期明细"].split("；"))
    assert [fen(words.split()[1]) for words in told.values()] == [
        one["amount_fen"] for one in printed
    ]
    assert [words.split()[0] for words in told.values()][1:] == [
        one["due_on"] for one in printed[1:]
    ]
    tables = files_of(database, gateways, export_made(database, gateways, finance), finance)
    check_tables(database, *map(csv_rows, tables.values()), count=1)


def test_only_what_the_filter_asks_for_is_exported(database, gateways, finance, agreements):
    wanted = RegisterFilter(date(2026, 11, 1), date(2026, 11, 30), "active")
    found = files_of(
        database, gateways, export_made(database, gateways, finance, wanted=wanted), finance
    )
    rows, _total, note = table(csv_rows(next(iter(found.values()))))
    assert {row["签署日"] for row in rows} == {"2026-11-23"}
    assert "签署日 2026-11-01 到 2026-11-30，状态：执行中，共 2 份协议" in note


def test_the_note_names_all_that_was_asked_for(database, gateways, finance, agreements):
    number = agreements[0].number
    wanted = RegisterFilter(
        kind="reamortise", product="装修分期", due_month=date(2026, 12, 1), number=number
    )
    found = files_of(
        database, gateways, export_made(database, gateways, finance, wanted=wanted), finance
    )
    for content in found.values():
        rows, _total, note = table(csv_rows(content))
        assert {row["协议号"] for row in rows} == {number}
        assert (
            "范围：签署日 最早 到 最近，状态：全部，种类：分期重组，产品：装修分期，"
            f"到期月份：2026-12，号码：{number}，或以它开头，共 1 份协议。"
        ) in note


def test_nothing_in_the_range_is_an_export_too(database, gateways, finance):
    for form in ("csv", "xlsx", "pdf"):
        assert files_of(
            database, gateways, export_made(database, gateways, finance, form=form), finance
        )


@ONLY_SQLITE
def test_a_pdf_that_is_not_the_signed_one_stops_the_export(database, gateways, finance, agreements):
    with database.sessions() as session:
        session.execute(update(AgreementFile).values(pdf=b"%PDF-x"))
        session.commit()
    assert_failed(
        database, gateways, export_made(database, gateways, finance, form="pdf"), "pdf_differs"
    )


@ONLY_SQLITE
@pytest.mark.parametrize("form", ["csv", "xlsx", "pdf"])
def test_totals_that_differ_stop_the_export(database, gateways, finance, agreements, form):
    with database.sessions() as session:
        copies(session, agreements[0], 1)  # a copy is not sealed, so that a part can go astray
        one = select(PlanPart.id).join(PlanVersion, PlanVersion.id == PlanPart.version_id)
        one = one.where(PlanVersion.sealed_at.is_(None), PlanPart.component == "principal").limit(1)
        session.execute(
            update(PlanPart)
            .where(PlanPart.id.in_(one.scalar_subquery()))
            .values(fen=PlanPart.fen + 1)
        )
        session.commit()
    assert_failed(
        database, gateways, export_made(database, gateways, finance, form=form), "totals_differ"
    )


def assert_failed(database, gateways, public_id, code):
    with database.sessions() as session:
        assert (
            session.scalars(select(Export.state).where(Export.public_id == public_id)).one()
            == "failed"
        )
        assert session.scalars(select(Export.fault)).one() == code
        assert session.scalars(
            select(AuditEntry.after).where(AuditEntry.action == "export.failed")
        ).one()
        view = export_queries.export_page(session, acting(), maker_id=None, after=None).exports[0]
        assert view.fault == code
    assert not [one for one in gateways.storage.root.rglob("*") if one.is_file()]


def test_every_row_comes_from_one_instant(
    database, gateways, settings, finance, agreements, monkeypatch
):
    """Agreements signed while the export runs are in it all or not at all."""
    monkeypatch.setattr(register_queries, "BATCH", 1)
    plain, added = export_making._note, []

    def note(sessions, claimed, values):
        with database.sessions() as session:
            added.append(
                signed(session, gateways.vault, settings.site, signed_at=NOW - timedelta(days=90))
            )
        return plain(sessions, claimed, values)

    monkeypatch.setattr(export_making, "_note", note)
    found = files_of(database, gateways, export_made(database, gateways, finance), finance)
    assert len(added) > 2
    assert len(table(csv_rows(next(iter(found.values()))))[0]) == 3


def test_the_one_view_cannot_write(database, agreements):
    with database.sessions() as session, one_view(session):
        assert session.scalar(select(func.count()).select_from(Agreement)) == 3
        if database.kind == "postgresql":
            with pytest.raises(Exception, match="read-only"):
                session.execute(update(Agreement).values(check_code="x"))


def test_the_hash_of_several_files_is_that_of_their_list():
    one, two = (export_files.ExportedFile(name, 1, name * 64) for name in "ab")
    assert export_files.WrittenFiles((one,), 1, 0).sha256 == "a" * 64
    listed = hashlib.sha256(f"{'a' * 64}  a\n{'b' * 64}  b\n".encode()).hexdigest()
    assert export_files.WrittenFiles((one, two), 1, 0).sha256 == listed
    assert exports.FORMS == ("csv", "xlsx", "pdf")
