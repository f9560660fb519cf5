"""A CSV file in GB18030 or UTF-8, read as a stream."""

import codecs
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import dropwhile, islice
from pathlib import Path
from typing import Any

from app.domain.characters import DAMAGED, is_legible
from app.domain.nightly_headings import (
    HEADING_ROWS,
    NIGHTLY_HEADINGS,
    find_headings,
    headings_known,
)
from app.integrations.sheets.csv_lines import (
    FileLine,
    file_lines,
    line_end,
    sha256_of,
    without_mark,
)
from app.integrations.sheets.csv_rows import ByteRow, CsvRows
from app.integrations.sheets.encodings import GB18030, UTF8, decoded
from app.ports.book import BookLine, BookUnreadable


class CsvBook:
    """One file on disk, of the kind whose headings are told. Raises BookUnreadable when it is
    neither encoding or has no header.
    """

    def __init__(self, path: Path, headings: Collection[str] = NIGHTLY_HEADINGS) -> None:
        self.path = path
        self.name = path.name
        self.told: Mapping[str, Any] = {}
        try:
            self.sha256 = sha256_of(path)
            self._end = line_end(path)
            top = list(islice(self._filled(CsvRows(self._lines(), self._end)), HEADING_ROWS))
        except OSError as error:
            raise BookUnreadable("打不开这个文件，请检查路径和权限") from error
        if not top:
            raise BookUnreadable("文件是空的，请重新导出")

        self.encoding = _encoding(path, top, headings)
        rows = [_line(row, self.encoding) for row in top]
        place = find_headings([row.cells for row in rows], headings)
        # Bytes of another encoding, of a workbook or an archive have no headings either.
        known = headings_known(rows[place].cells, headings)
        if not known and not is_legible("".join(rows[place].cells)):
            raise BookUnreadable

        self.headers: Sequence[str] = rows[place].cells
        self.header_line = rows[place].number
        self._first = rows[place].number + rows[place].lines
        self._width = _width(self.headers)
        # Titles are short. A row above the headings that is as full as one of a loan is not lost.
        self._above = [row for row in rows[:place] if _width(row.cells) * 2 > self._width]

    def lines(self) -> Iterator[BookLine]:
        """Yield the rows, those above the headings too."""
        yield from self._above
        after = dropwhile(lambda line: line.number < self._first, self._lines())
        for row in self._filled(CsvRows(after, self._end, self._width)):
            yield _line(row, self.encoding)

    def _lines(self) -> Iterator[FileLine]:
        for line in file_lines(self.path, self._end):
            yield line if line.number > 1 else without_mark(line)

    @staticmethod
    def _filled(rows: CsvRows) -> Iterator[ByteRow]:
        # Empty lines are no rows, but their numbers count: people look the line up in their editor.
        return (row for row in rows if row.fault or any(map(bytes.strip, row.cells)))


def _line(row: ByteRow, encoding: str) -> BookLine:
    return BookLine(row.number, decoded(row.cells, encoding), row.fault, row.lines)


def _encoding(path: Path, top: Sequence[ByteRow], headings: Collection[str]) -> str:
    """Return the encoding that the headings are in: bytes further down may be damaged."""
    with path.open("rb") as file:
        # A file that says it is UTF-8 and is not was damaged on the way.
        if file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8:
            return UTF8
    read = {encoding: [decoded(row.cells, encoding) for row in top] for encoding in (UTF8, GB18030)}
    # UTF-8 first: almost no GB18030 text is valid UTF-8, while nearly everything is valid GB18030.
    return max(
        read,
        key=lambda one: (
            max(headings_known(cells, headings) for cells in read[one]),
            -sum(DAMAGED in cell for cells in read[one] for cell in cells),
        ),
    )


def _width(cells: Sequence[str]) -> int:
    """Return how many cells there are up to the last one with anything in it."""
    return max((place for place, cell in enumerate(cells, start=1) if cell.strip()), default=0)
