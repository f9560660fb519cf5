"""A file of text with any sign between its cells, in GB18030, UTF-8 or UTF-16, read as a stream."""

import codecs
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from app.integrations.sheets.csv_lines import (
    BLOCK_BYTES,
    MOST_LINE_BYTES,
    FileLine,
    file_lines,
    line_end,
    sha256_of,
    without_mark,
)
from app.integrations.sheets.csv_rows import CsvRows
from app.integrations.sheets.encodings import GB18030, UTF8, decoded
from app.ports.book import BookUnreadable
from app.ports.table import TableRow

UTF16 = "utf-16"
DELIMITERS = ("\t", "|", ";", ",")
LOOKED_AT = 50


class DelimitedTable:
    """One file on disk; encoding and delimiter are found out where they are not told. Raises
    BookUnreadable.
    """

    sheets: Sequence[str] = ()

    def __init__(
        self, path: Path, *, name: str = "", delimiter: str = "", encoding: str = ""
    ) -> None:
        self.path, self.name = path, name or path.name
        try:
            self.sha256 = sha256_of(path)
            top = _top(path)
            self.encoding = encoding or _encoding(top)
            # Lines are cut as bytes where the encoding lets them be, else as text.
            self._is_text = self.encoding == UTF16 or "|" in (delimiter, _likely(top, GB18030))
            self._end = b"\n" if self._is_text else line_end(path)
            self.delimiter = delimiter or self._delimiter()
        except (OSError, UnicodeError) as error:
            raise BookUnreadable("打不开这个文件，请检查它有没有损坏") from error
        if not top.strip(b"\x00 \r\n\t"):
            raise BookUnreadable("文件是空的，请重新导出")

    def rows(self) -> Iterator[TableRow]:
        """Yield the rows that are not empty, numbered as an editor counts their first line."""
        comma = self.delimiter.encode()
        encoding = UTF8 if self._is_text else self.encoding
        for row in CsvRows(self._lines(), self._end, comma=comma):
            if row.fault or any(map(bytes.strip, row.cells)):
                yield TableRow(row.number, decoded(row.cells, encoding), row.fault, row.lines)

    def _lines(self) -> Iterator[FileLine]:
        if self._is_text:
            yield from _text_lines(self.path, self.encoding)
            return
        for line in file_lines(self.path, self._end):
            yield without_mark(line) if line.number == 1 else line

    def _delimiter(self) -> str:
        """Return the sign that parts most lines into equally many cells."""
        lines = [one.content for one in islice(self._lines(), LOOKED_AT) if one.content.strip()]

        def fits(sign: str) -> tuple[int, int]:
            counts = [one.count(sign.encode()) for one in lines]
            usual = max(set(counts), key=lambda one: (counts.count(one), one), default=0)
            return (counts.count(usual) if usual else 0, usual)

        return max(DELIMITERS, key=fits)


def _top(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(BLOCK_BYTES)


def _encoding(top: bytes) -> str:
    if top.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return UTF16
    if top.startswith(codecs.BOM_UTF8):
        return UTF8
    try:
        # Cut off in the middle of a character it is UTF-8 all the same.
        codecs.getincrementaldecoder(UTF8)().decode(top)
    except UnicodeDecodeError:
        return GB18030
    return UTF8


def _likely(top: bytes, encoding: str) -> str:
    """Return a bar where lines in an encoding may hold it as a half of a character."""
    return "|" if b"|" in top and _encoding(top) == encoding else ""


def _text_lines(path: Path, encoding: str) -> Iterator[FileLine]:
    number = 0
    with path.open(encoding=encoding, errors="replace", newline="\n") as file:
        is_too_long = False
        while part := file.readline(MOST_LINE_BYTES):
            whole = part.endswith("\n") or len(part) < MOST_LINE_BYTES
            if not whole:
                is_too_long = True
                continue
            number += 1
            content = b"" if is_too_long else part.removesuffix("\n").encode(errors="replace")
            yield FileLine(number, content, is_too_long)
            is_too_long = False
    if is_too_long:
        yield FileLine(number + 1, b"", is_too_long=True)
