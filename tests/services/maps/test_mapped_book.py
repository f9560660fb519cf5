"""A lender's own files read by maps: what the built-in file gives, to the cell."""

import pytest

from app.domain.maps.column_map import MapFaulty
from app.domain.nightly_fields import RowFault
from app.domain.nightly_row import judge_row
from app.integrations.sheets.csv_book import CsvBook
from app.integrations.sheets.delimited import DelimitedTable
from app.services.maps.mapped_book import MappedBook
from app.services.nightly.layout import Layout, rows_of_loans
from tests.support.layouts import BOOK, CODES, DAY, FOLDER, ROWS, map_for, table_of


def judged(book):
    layout, found = Layout.of(book.headers), []
    for line in rows_of_loans(book.lines()):
        try:
            cells = layout.cells(line)
            row = judge_row(cells, as_of=DAY, is_ref_taken=False, is_customer_taken=False)
        except RowFault as fault:
            row = (line.number, fault.field, fault.code)
        found.append(row)
    return found


@pytest.mark.parametrize("name", CODES)
def test_five_shapes_of_one_book_are_read_as_the_book_is(name):
    expected = judged(CsvBook(BOOK))
    assert len(expected) == ROWS
    assert judged(MappedBook(table_of(name), map_for(name))) == expected


@pytest.mark.parametrize(
    ("name", "closing"),
    [("assets_20261120.csv", [66]), ("ledger.xlsx", [64, 65]), ("core.txt", [])],
)
def test_rows_that_close_a_table_are_left_out_and_named(name, closing):
    book = MappedBook(table_of(name), map_for(name))
    list(book.lines())
    assert book.closing == closing


def told_of(tmp_path, change):
    """What is found in a changed copy of the tab-separated file."""
    text = (FOLDER / "collection.csv").read_text(encoding="gb18030")
    path = tmp_path / "changed.csv"
    path.write_text(change(text), encoding="gb18030", newline="")
    return judged(MappedBook(DelimitedTable(path), map_for("collection.csv")))


def test_a_row_with_a_closing_word_above_others_is_told_and_not_left_out(tmp_path):
    found = told_of(tmp_path, lambda text: text.replace("\n", "\n合计\n", 1))
    assert found[0] == (2, "", "columns")
    assert len(found) == ROWS + 1


def test_a_code_without_a_meaning_refuses_its_rows_alone(tmp_path):
    found = told_of(tmp_path, lambda text: text.replace("\t16.2\t1\t12\t", "\t16.2\t9\t12\t", 1))
    assert found[0] == (2, "还款方式", "method")
    assert found[1:] == judged(CsvBook(BOOK))[1:]


def test_a_row_cut_off_still_names_its_loan(tmp_path):
    path = tmp_path / "cut.csv"
    text = (FOLDER / "collection.csv").read_text(encoding="gb18030").splitlines()
    text[3] = "\t".join(text[3].split("\t")[:9])
    path.write_text("\n".join(text), encoding="gb18030")
    book = MappedBook(DelimitedTable(path), map_for("collection.csv"))
    line = next(one for one in book.lines() if one.fault)
    assert (line.number, line.fault) == (4, "columns")
    assert Layout.of(book.headers).ref_of(line) == {"借据号": "JJ26710000007"}


def test_a_file_with_other_headings_is_refused_whole(tmp_path):
    with pytest.raises(MapFaulty, match="没有“个案序列号”"):
        told_of(tmp_path, lambda text: text.replace("个案序列号", "案件序号"))
