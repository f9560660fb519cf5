"""A lender's own files as tables: any sign, any encoding, sheets; damage never breaks a reader."""

import contextlib
import random
import zipfile
from datetime import date

import openpyxl
import pytest

from app.integrations.sheets.delimited import DelimitedTable
from app.integrations.sheets.xlsx_table import XlsxTable
from app.ports.book import BookUnreadable
from tests.support.layouts import FOLDER

ROWS = [["借据号", "姓名", "金额"], ["JJ1", "罗涵敏", "1,300.50"], ["JJ2", "丂|丂", '说"好"']]


def written(path, sign, encoding):
    def cell(text):
        quoted = text.replace('"', '""')
        return f'"{quoted}"' if any(one in text for one in (sign, '"')) else text

    lines = "".join(sign.join(map(cell, row)) + "\r\n" for row in ROWS)
    path.write_bytes(lines.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("sign", [",", "\t", ";", "|"])
def test_sign_and_encoding_are_found_out(tmp_path, sign, encoding):
    table = DelimitedTable(written(tmp_path / "a.txt", sign, encoding))
    assert [list(row.cells) for row in table.rows()] == ROWS
    assert [row.number for row in table.rows()] == [1, 2, 3]
    assert (table.delimiter, table.encoding) == (sign, encoding.removesuffix("-sig"))


def test_empty_rows_count_and_damage_stays_in_its_cell(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("借据号;姓名\n\nJJ1;".encode() + b"\xff\xfe\n")
    rows = list(DelimitedTable(path, delimiter=";", encoding="utf-8").rows())
    assert [row.number for row in rows] == [1, 3]
    assert "\ufffd" in rows[1].cells[1]


def test_a_sheet_is_read_as_it_is_seen(tmp_path):
    path, book = tmp_path / "a.xlsx", openpyxl.Workbook()
    sheet = book.active
    sheet.title = "明细"
    sheet.append(["借据号", "利率", "日期", "号码"])
    sheet.append([])
    sheet.append(["JJ1", 0.07200000000000001, None, 19007300001])
    sheet["C3"] = date(2026, 11, 20)
    sheet.append(["JJ2", True, 45946, "019"])
    sheet.row_dimensions[4].hidden = True
    book.create_sheet("说明")
    book.save(path)
    table = XlsxTable(path)
    assert list(table.sheets) == ["明细", "说明"]
    rows = [(row.number, list(row.cells), row.is_hidden) for row in table.rows()]
    assert rows[1:] == [
        (3, ["JJ1", "0.072", "2026-11-20", "19007300001"], False),
        (4, ["JJ2", "TRUE", "45946", "019"], True),
    ]
    with pytest.raises(BookUnreadable, match="没有叫“别的”的工作表"):
        XlsxTable(path, sheet="别的")


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
def test_a_workbook_cut_off_anywhere_is_told_and_breaks_nothing(tmp_path):
    whole, path = (FOLDER / "ledger.xlsx").read_bytes(), tmp_path / "cut.xlsx"
    for size in range(0, len(whole), 97):
        path.write_bytes(whole[:size])
        with pytest.raises(BookUnreadable):
            list(XlsxTable(path).rows())


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
def test_bytes_changed_by_chance_are_read_or_told(tmp_path):
    dice, path = random.Random(7), tmp_path / "hurt.xlsx"
    whole = (FOLDER / "ledger.xlsx").read_bytes()
    for _round in range(60):
        hurt = bytearray(whole)
        for _change in range(dice.randint(1, 30)):
            hurt[dice.randrange(len(hurt))] = dice.randrange(256)
        path.write_bytes(hurt)
        with contextlib.suppress(BookUnreadable):
            list(XlsxTable(path).rows())


@pytest.mark.parametrize("name", ["assets_20261120.csv", "collection.csv", "core.txt"])
def test_text_cut_off_at_every_byte_is_read_or_told(tmp_path, name):
    whole, path = (FOLDER / name).read_bytes()[:3_000], tmp_path / name
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        try:
            list(DelimitedTable(path).rows())
        except BookUnreadable:
            assert size < 10


def test_a_workbook_that_unfolds_beyond_all_measure_is_refused(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        with packed.open("xl/worksheets/sheet1.xml", "w") as file:
            for _block in range(80):
                file.write(bytes(1 << 20))
    with pytest.raises(BookUnreadable, match="展开后太大"):
        XlsxTable(path)
