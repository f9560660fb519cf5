"""Strict quotes: whatever stands in a remark is read back, whatever is damaged hides no line."""

import csv
import io
import itertools
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.characters import DAMAGED
from app.domain.nightly_fields import clean_words
from app.domain.nightly_row import COLUMNS
from app.integrations.sheets.csv_book import CsvBook
from app.integrations.sheets.csv_lines import MOST_LINE_BYTES
from app.integrations.sheets.csv_rows import MOST_CELL_LINES
from tests.support.books import good_cells

ROWS = [list(good_cells(number).values()) for number in range(1, 7)]
HEADERS = list(good_cells(1))
REMARK = HEADERS.index("备注")
# Anything, and what files trip over, over and over.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.text(
    '",\r\n\t\0 a，字\u2028\x85\x0b\x1c', max_size=30
)
# Cells without anything in them, quoted or not.
NOTHING = re.compile(rb'(?:[, \r\t\x0b\x0c\0]|"")*')
often = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_numbers = itertools.count(1)


@pytest.fixture
def book(tmp_path):
    def write(content):
        path = tmp_path / f"{next(_numbers)}.csv"
        path.write_bytes(content)
        return CsvBook(path)

    return write


def written(rows, *, encoding="utf-8", end="\r\n", quoting=csv.QUOTE_MINIMAL):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end, quoting=quoting).writerows([HEADERS, *rows])
    return text.getvalue().encode(encoding)


@often
@given(
    text=TEXTS,
    encoding=st.sampled_from(["utf-8", "gb18030"]),
    end=st.sampled_from(["\r\n", "\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_any_remark_that_was_written_by_the_rules_is_read_back(book, text, encoding, end, quoting):
    rows = [row.copy() for row in ROWS[:3]]
    rows[1][REMARK] = text
    content = written(rows, encoding=encoding, end=end, quoting=quoting)
    read = list(book(content).lines())
    assert [line.fault for line in read] == ["", "", ""]
    assert clean_words(read[1].cells[REMARK]) == clean_words(text)
    assert [line.cells for line in (read[0], read[2])] == [rows[0], rows[2]]
    assert [line.number for line in read] == [2, 3, 3 + read[1].lines]


@often
@given(data=st.data(), encoding=st.sampled_from(["utf-8", "gb18030"]))
def test_whatever_bytes_are_damaged_no_line_goes_unnamed(book, data, encoding):
    rows = [row.copy() for row in ROWS]
    rows[2][REMARK] = '说"好"\n两行'
    whole = written(rows, encoding=encoding)
    head = whole.index(b"\r\n") + 2
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(head, len(content) - 1))
        harm = data.draw(
            st.sampled_from([b"", b'"', b',"', b'"\r\n', b"\n", b"\r", b"\0", b"\xca", b","])
        )
        width = data.draw(st.integers(0, 2))
        content[place : place + width] = harm
    read = list(book(bytes(content)).lines())

    lines = bytes(content).split(b"\n")
    filled = {number for number, one in enumerate(lines, start=1) if not NOTHING.fullmatch(one)}
    named = [number for row in read for number in range(row.number, row.number + row.lines)]
    assert len(named) == len(set(named))
    assert filled - {1} <= set(named)
    # A row that was not touched is read as it was or told by its line, and never within another.
    intact = {one: row for one, row in zip(whole.split(b"\r\n")[1:3], rows[:2], strict=True)}
    for number, one in enumerate(lines, start=1):
        row = intact.get(one.removesuffix(b"\r"))
        if row is not None:
            found = next(each for each in read if each.number <= number < each.number + each.lines)
            assert found.fault == "quote" or (found.number == number and found.cells == row)


def test_a_cell_without_end_is_a_fault_of_its_line(book):
    content = "借据号,姓名,备注\n" + '"' + "a" * 200_000 + "\nJJ2,李,\n"
    read = list(book(content.encode()).lines())
    assert [(line.number, line.fault, line.lines) for line in read] == [(2, "quote", 1), (3, "", 1)]


def test_more_lines_than_anyone_writes_are_no_cell(book):
    longest = "借据号,姓名,备注\nJJ1,李," + '"' + "行\n" * (MOST_CELL_LINES - 1) + '行"\n'
    assert [line.lines for line in book(longest.encode()).lines()] == [MOST_CELL_LINES]
    longer = longest.replace("行\n", "行\n行\n", 1)
    read = list(book(longer.encode()).lines())
    assert len(read) == MOST_CELL_LINES + 1
    assert (read[0].fault, {line.lines for line in read}) == ("quote", {1})


def test_a_line_is_never_held_whole_beyond_its_limit(book):
    content = "借据号,姓名,备注\nJJ1,李," + "长" * MOST_LINE_BYTES + "\nJJ2,李,\n"
    read = list(book(content.encode()).lines())
    assert [(line.number, line.fault) for line in read] == [(2, "text"), (3, "")]


def test_lines_end_by_cr_where_nothing_else_ends_them(book):
    read = list(book('借据号,姓名,备注\rJJ1,李,\r\rJJ2,王,"两\r行"\r'.encode()).lines())
    assert [(line.number, line.lines) for line in read] == [(2, 1), (4, 2)]


def test_many_stray_quotes_take_no_longer_than_their_lines(book):
    rows = "".join(f'JJ{n},李,"说""好\n' for n in range(3_000))
    read = list(book(f"借据号,姓名,备注\n{rows}".encode()).lines())
    assert len(read) == 3_000
    assert {line.fault for line in read} == {"quote"}


def test_headings_in_lines_are_read(book):
    found = book('借据号,姓名,"放款金额\n(元)",备注\nJJ1,李,1.00,\n'.encode())
    assert (len(found.headers), found.header_line) == (4, 1)
    assert [line.number for line in found.lines()] == [3]


def test_a_damaged_cell_is_marked_and_its_neighbours_are_whole(book):
    content = "借据号,姓名,备注\nJJ1,李X,好\n".encode("gb18030").replace(b"X", b"\xca")
    assert [line.cells for line in book(content).lines()] == [["JJ1", f"李{DAMAGED}", "好"]]


def test_the_columns_are_those_of_the_format():
    assert set(HEADERS) == set(COLUMNS)
