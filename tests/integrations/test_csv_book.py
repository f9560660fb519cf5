"""CSV files as core systems and spreadsheets write them."""

import codecs
import hashlib

import pytest

from app.integrations.sheets.csv_book import CsvBook
from app.integrations.sheets.csv_lines import BLOCK_BYTES
from app.ports.book import BookUnreadable

TEXT = "借据号,姓名,备注\r\nJJ1,罗涵敏,\r\nJJ2,李思龑,好\r\n"
ROWS = [(2, ["JJ1", "罗涵敏", ""]), (3, ["JJ2", "李思龑", "好"])]


@pytest.fixture
def written(tmp_path):
    def write(content: bytes) -> CsvBook:
        path = tmp_path / "loan_book.csv"
        path.write_bytes(content)
        return CsvBook(path)

    return write


def _lines(book):
    return [(line.number, list(line.cells)) for line in book.lines()]


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("gb18030", b""), ("utf-8", b""), ("utf-8", codecs.BOM_UTF8)],
)
def test_both_encodings_and_line_ends_read_alike(written, encoding, mark, newline):
    book = written(mark + TEXT.replace("\r\n", newline).encode(encoding))
    assert list(book.headers) == ["借据号", "姓名", "备注"]
    assert _lines(book) == ROWS
    assert _lines(book) == ROWS


def test_the_hash_is_of_the_bytes(written):
    content = TEXT.encode("gb18030")
    assert written(content).sha256 == hashlib.sha256(content).hexdigest()


def test_a_character_across_two_blocks_is_still_utf8(written):
    start = "借据号,姓名,备注\n"
    row = "JJ1,aaaa,\n"
    whole, rest = divmod(BLOCK_BYTES - 1 - len(start.encode()), len(row))
    book = written(f"{start}{row * whole}{'a' * rest}敏,b,c\n".encode())
    assert book.encoding == "utf-8"
    assert [line.cells[0] for line in book.lines()][-1] == "a" * rest + "敏"


def test_a_quoted_line_break_keeps_the_line_of_its_start(written):
    book = written('借据号,姓名,备注\nJJ1,a,"两\n行"\nJJ2,b,\n'.encode())
    assert [number for number, _cells in _lines(book)] == [2, 4]


def test_rows_without_any_text_are_left_out_and_still_counted(written):
    book = written("借据号,姓名,备注\n\n,,\nJJ1,a,\n".encode())
    assert _lines(book) == [(4, ["JJ1", "a", ""])]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n\r\n",
        b"\xff\xfe\x00\x30",
        codecs.BOM_UTF8 + b"\xd5\xc5",
        b"\x80\xff\xff\n",
        b"PK\x03\x04" + bytes(500),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
    ],
)
def test_what_is_no_table_in_either_encoding_is_refused_whole(written, content):
    with pytest.raises(BookUnreadable) as refusal:
        written(content)
    assert refusal.value.code == "unreadable"
    assert refusal.value.message


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BookUnreadable):
        CsvBook(tmp_path / "none.csv")
