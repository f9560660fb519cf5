"""Tables as CSV and XLSX: text stays text, amounts are exact numbers, nothing becomes a formula or
a link.
"""

import io
import re
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest

from app.integrations.sheets import xlsx_sheets
from app.integrations.sheets.csv_sheets import CsvSheets
from app.integrations.sheets.guard import guarded, shown_whole
from app.integrations.sheets.xlsx_sheets import XlsxSheets
from app.ports.sheets import Column, Sheet, SheetFull
from tests.support.reading_back import csv_rows

SHEET = Sheet(
    "表",
    (
        Column("号"),
        Column("额", "fen"),
        Column("日", "date"),
        Column("率", "ppm"),
        Column("期", "number"),
    ),
)
DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\0=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "  =1+1",
    '=HYPERLINK("http://x.example","y")',
    "=cmd|' /C calc'!A0",
]
HARMLESS = [
    "JJ9000000001",
    "90000012345",
    "罗涵敏",
    "",
    "http://x.example",
    "1=1",
    "0",
    "1e3x",
    '他说"好", 真的',
]
FEN = [0, 1, 10, 123_456, 2_841_690_217, 99_999_999_999]


def written(form, rows, files=1, sheets=(SHEET,)):
    targets = [io.BytesIO() for _ in range(files)]
    with form.writing(list(sheets), targets, foot="郑财务 & 2026") as writer:
        for row in rows:
            writer.row(0, row)
        writer.total(0, ["合计", sum(row[1] for row in rows), None, None, None])
        writer.note(0, "=说明")
    assert not any(one.closed for one in targets)
    return [one.getvalue() for one in targets]


def rows_of(texts):
    return [[text, 100, date(2026, 11, 23), 162_233, 12] for text in texts]


def read_xlsx(data):
    return openpyxl.load_workbook(io.BytesIO(data)).active


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_a_spreadsheet_would_run_gets_a_quote(text):
    assert guarded(text) == "'" + text


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays_as_it_is(text):
    assert guarded(text) == text


def test_a_csv_is_read_back_as_it_was():
    (data,) = written(CsvSheets(), rows_of(HARMLESS))
    heads, *rows, total, note = csv_rows(data)
    assert heads == ["号", "额", "日", "率", "期"]
    assert rows == [[text, "1.00", "2026-11-23", "16.22%", "12"] for text in HARMLESS]
    assert total == ["合计", f"{len(HARMLESS)}.00", "", "", ""]
    assert note == ["'=说明"]
    # text in quotes, numbers bare
    assert b'"JJ9000000001",1.00,"2026-11-23","16.22%",12\r\n' in data


@pytest.mark.parametrize("fen", FEN)
def test_amounts_are_exact_in_both(fen):
    exact = Decimal(fen).scaleb(-2)
    (data,) = written(CsvSheets(), [["x", fen, None, None, None]])
    assert csv_rows(data)[1][1] == str(exact)
    (book,) = written(XlsxSheets(), [["x", fen, None, None, None]])
    shown = re.search(r'<c r="B2"[^>]*><v>([^<]*)</v>', xml(book)).group(1)
    assert Decimal(shown) == exact
    assert Decimal(str(read_xlsx(book)["B2"].value)) == exact


def xml(book, name="xl/worksheets/sheet1.xml"):
    return zipfile.ZipFile(io.BytesIO(book)).read(name).decode()


def test_a_workbook_holds_text_as_text_and_no_formula():
    (book,) = written(XlsxSheets(), rows_of(DANGEROUS + HARMLESS))
    assert "<f>" not in xml(book)
    assert "<f " not in xml(book)
    assert "hyperlink" not in xml(book)
    sheet = read_xlsx(book)
    for number, text in enumerate(DANGEROUS + HARMLESS, 2):
        cell = sheet.cell(number, 1)
        assert cell.data_type in ("s", "inlineStr", "n") if not text else cell.data_type == "s", (
            text
        )
        if text in DANGEROUS:
            assert cell.value.startswith("'")
        elif text:
            assert cell.value == text
    assert sheet["B2"].number_format == "#,##0.00"
    assert sheet["C2"].value.date() == date(2026, 11, 23)
    assert sheet["D2"].value == pytest.approx(0.162233)
    assert sheet["D2"].number_format == "0.00%"


@pytest.mark.parametrize("text", ["<r>x</r>", "<r><f>1+1</f></r>", "a\x07b", "𠮷", "x" * 32_767])
def test_no_text_breaks_the_workbook(text):
    (book,) = written(XlsxSheets(), rows_of([text]))
    assert "<f>" not in xml(book)
    assert read_xlsx(book)["A2"].value


def test_what_does_not_fit_is_refused_rather_than_cut():
    with pytest.raises(SheetFull):
        written(XlsxSheets(), rows_of(["x" * 32_768]))


def test_the_printed_foot_names_who_and_when():
    (book,) = written(XlsxSheets(), rows_of(["x"]))
    assert "郑财务 &amp;&amp; 2026" in xml(book)


def test_the_row_that_sums_up_stands_out_and_its_amounts_are_amounts():
    (book,) = written(XlsxSheets(), [["x", 1, None, None, 3], ["y", 12_345, None, None, 4]])
    sheet = read_xlsx(book)
    assert [cell.value for cell in sheet["A"]] == ["号", "x", "y", "合计", "'=说明"]
    assert [sheet[f"B{row}"].value for row in (2, 3, 4)] == [0.01, 123.45, 123.46]
    for place in ("A4", "B4"):
        assert (sheet[place].font.b, sheet[place].border.top.style) == (True, "thin")
    assert {sheet[f"B{row}"].number_format for row in (2, 3, 4)} == {"#,##0.00"}
    assert (sheet["B3"].font.b, sheet["A5"].font.b) == (False, False)


def test_headings_are_there_also_over_no_rows_and_stand_out():
    file = io.BytesIO()
    with XlsxSheets().writing([SHEET], [file], foot="x"):
        pass
    sheet = read_xlsx(file.getvalue())
    assert [cell.value for cell in sheet[1]] == ["号", "额", "日", "率", "期"]
    assert (sheet["A1"].font.b, sheet["A1"].border.bottom.style) == (True, "thin")
    assert sheet["A1"].alignment.wrap_text
    assert sheet.row_dimensions[1].height == pytest.approx(32, abs=0.5)
    assert sheet.column_dimensions["A"].width == pytest.approx(12, abs=1)


@pytest.mark.parametrize("gone", range(5))
def test_a_cell_without_anything_in_it_is_blank(gone):
    cells = ["x", 1, date(2026, 11, 23), 162_233, 12]
    file = io.BytesIO()
    with XlsxSheets().writing([SHEET], [file], foot="x") as writer:
        for _ in range(450):  # more than wait in memory
            writer.row(0, cells)
        writer.row(0, [None if place == gone else cell for place, cell in enumerate(cells)])
    sheet = read_xlsx(file.getvalue())
    assert [place for place, cell in enumerate(sheet[452]) if cell.value is None] == [gone]
    assert sheet["B451"].value == 0.01
    assert sheet.max_row == 452


def test_columns_stay_where_they_are_whatever_they_hold():
    file = io.BytesIO()
    kinds = ("fen", "text", "number", "fen", "text", "date")
    mixed = Sheet("杂", tuple(Column(f"列{place}", kind) for place, kind in enumerate(kinds)))
    with XlsxSheets().writing([mixed], [file], foot="x") as writer:
        writer.row(0, [1, "a", 2, 3, "b", date(2026, 11, 23)])
        writer.row(0, [1, "=a", 2, 3, "-b", date(2026, 11, 23)])
    first, second = ([cell.value for cell in row] for row in read_xlsx(file.getvalue())["2:3"])
    assert first[:5] == [0.01, "a", 2, 0.03, "b"]
    assert second[:5] == [0.01, "'=a", 2, 0.03, "'-b"]


def test_no_row_beyond_the_last_one_of_excel(monkeypatch):
    monkeypatch.setattr(xlsx_sheets, "EXCEL_ROWS", 4)
    written(XlsxSheets(), rows_of(["x"]))
    with pytest.raises(SheetFull):
        written(XlsxSheets(), rows_of(["x", "y"]))


def test_all_sheets_of_a_workbook_keep_their_own_rows():
    file = io.BytesIO()
    other = Sheet("别表", (Column("号"), Column("额", "fen")))
    with XlsxSheets().writing([SHEET, other], [file], foot="x") as writer:
        for number in range(3):
            writer.row(0, [f"a{number}", 1, None, None, None])
            writer.row(1, [f"b{number}", 2])
        writer.total(1, ["合计", 6])
    book = openpyxl.load_workbook(io.BytesIO(file.getvalue()))
    assert [cell.value for cell in book["表"]["A"]] == ["号", "a0", "a1", "a2"]
    assert [cell.value for cell in book["别表"]["A"]] == ["号", "b0", "b1", "b2", "合计"]
    assert book["别表"]["B5"].value == 0.06


@pytest.mark.parametrize(("columns", "paper", "pages"), [(10, 9, 1), (25, 8, 1), (40, 8, 2)])
def test_a_person_can_print_it(columns, paper, pages):
    wide = Sheet("宽", tuple(Column(f"列{number}") for number in range(columns)))
    file = io.BytesIO()
    with XlsxSheets().writing([wide], [file], foot="x") as writer:
        writer.row(0, ["x"] * columns)
    sheet = read_xlsx(file.getvalue())
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", paper)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    # all the rows on as many pages as they need, at a width that can be read
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (pages, 0)
    assert (sheet.print_title_rows, sheet.print_title_cols) == ("$1:$1", "$A:$A")
    assert sheet.freeze_panes == "B2"


def test_a_broken_block_still_closes_what_it_opened():
    for form in (CsvSheets(), XlsxSheets()):
        target = io.BytesIO()
        with pytest.raises(RuntimeError), form.writing([SHEET], [target], foot="x"):
            raise RuntimeError
        assert not target.closed


@pytest.mark.parametrize(
    "text", ["900000123456", "00012345", "00", "20261120000000012345", "12E34"]
)
def test_what_a_double_click_would_shorten_gets_a_tab(text):
    assert shown_whole(text) == f"\t{text}"
    (content,) = written(CsvSheets(), [[text, 1, None, None, None]])
    assert csv_rows(content)[1][0] == f"\t{text}"
    (book,) = written(XlsxSheets(), [[text, 1, None, None, None]])
    sheet = openpyxl.load_workbook(io.BytesIO(book)).active
    assert text in {cell.value for row in sheet.rows for cell in row}


@pytest.mark.parametrize(
    "text", ["90000012345", "0", "", "JJ00012345", "1234567890123X", "12.5", "=900000123456"]
)
def test_other_text_gets_none(text):
    assert shown_whole(text) == text


def test_an_instant_is_that_of_beijing_in_both():
    sheet = Sheet("时", (Column("号"), Column("时间", "instant")))
    at = datetime(2026, 11, 23, 16, 30, 5, tzinfo=UTC)
    for form in (CsvSheets(), XlsxSheets()):
        file = io.BytesIO()
        with form.writing([sheet], [file], foot="") as writer:
            writer.row(0, ["x", at])
        if isinstance(form, CsvSheets):
            assert csv_rows(file.getvalue())[1] == ["x", "2026-11-24 00:30:05"]
        else:
            cell = read_xlsx(file.getvalue())["B2"]
            assert (str(cell.value), cell.is_date) == ("2026-11-24 00:30:05", True)
