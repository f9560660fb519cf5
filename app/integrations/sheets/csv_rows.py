"""Rows of cells out of lines of bytes, with strict quotes: no quote can hide the lines after it."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.integrations.sheets.csv_lines import MOST_LINE_BYTES, FileLine

# In GB18030 and in UTF-8 neither comma nor quote is ever a part of another character, so that bytes
# are parted before they are decoded, and damage stays in its cell.
COMMA, QUOTE = b",", b'"'
# More lines than anyone writes into one cell: beyond, the quote was a stray one.
MOST_CELL_LINES = 200
# Of a table whose width is not known yet.
USUAL_WIDTH = 12
# Cells that a damaged row lacks, one in so many.
LACKING_ONE_IN = 10
# Some cells of a row with an identity number among them are a row too.
SOME_CELLS = 3
_IDENTITY = re.compile(rb"(?<![0-9A-Za-z])[0-9]{17}[0-9Xx](?![0-9A-Za-z])")
_TO_QUOTE = re.compile(rb'[^"]*+(?:""[^"]*+)*+("?)')


class ByteRow(NamedTuple):
    """One row; where fault is told the cells are a guess."""

    number: int
    cells: Sequence[bytes]
    fault: str = ""
    lines: int = 1


class CsvRows:
    """The rows of lines; width is how many cells a row has, where that is known, `comma` the sign
    that parts them: one that is no part of another character in the encoding of the lines.
    """

    def __init__(
        self,
        lines: Iterator[FileLine],
        end: bytes,
        width: int | None = None,
        comma: bytes = COMMA,
    ) -> None:
        self._comma = comma
        self._lines = lines
        self._end = end
        self._ahead: deque[FileLine] = deque()
        self._width = width

    def __iter__(self) -> Iterator[ByteRow]:
        while (line := self._next()) is not None:
            content = line.content
            if line.is_too_long:
                yield ByteRow(line.number, (), "text")
            elif QUOTE not in content:
                yield ByteRow(line.number, content.removesuffix(b"\r").split(self._comma))
            else:
                yield from self._quoted(line)

    def _next(self) -> FileLine | None:
        return self._ahead.popleft() if self._ahead else next(self._lines, None)

    def _quoted(self, line: FileLine) -> Iterator[ByteRow]:
        content = line.content.removesuffix(b"\r")
        state = _state(content, self._comma, is_open=False)
        if state == "whole":
            yield ByteRow(line.number, _cells(content, self._comma))
        elif state == "open":
            yield from self._over_lines(line)
        else:
            yield self._refused(line)

    def _over_lines(self, first: FileLine) -> Iterator[ByteRow]:
        """A cell that is open at the end of its line: closed on a later one, or never."""
        following = self._to_close()
        if following is None:
            yield self._refused(first)
            return

        lines = [first, *following]
        cells = _cells(
            self._end.join(one.content for one in lines).removesuffix(b"\r"), self._comma
        )
        if self._may_hide_rows(cells, len(following)):
            # The lines are named one by one and none is stored: whether they are a cell of one
            # person or the rows of several nobody can tell.
            yield from map(self._refused, lines)
        elif self._is_row(cells):
            yield ByteRow(first.number, cells, lines=len(lines))
        else:
            self._ahead.extendleft(reversed(following))
            yield self._refused(first)

    def _to_close(self) -> list[FileLine] | None:
        """Return the lines up to the one that closes; None, and nothing is used up, where none
        does.
        """
        taken: list[FileLine] = []
        state, size = "open", 0
        while state == "open" and len(taken) + 1 < MOST_CELL_LINES and size <= MOST_LINE_BYTES:
            line = self._next()
            if line is None:
                break
            taken.append(line)
            size += len(line.content)
            state = (
                "broken" if line.is_too_long else _state(line.content, self._comma, is_open=True)
            )

        if state == "whole":
            return taken
        self._ahead.extendleft(reversed(taken))
        return None

    def _is_row(self, cells: Sequence[bytes]) -> bool:
        if self._width is None or len(cells) == self._width:
            return True
        return len(cells) > self._width and not any(map(bytes.strip, cells[self._width :]))

    def _may_hide_rows(self, cells: Sequence[bytes], breaks: int) -> bool:
        """Tell whether what stands in the cells with line breaks has as many commas as the rows
        would that so many breaks part, or looks like one with an identity number.
        """
        width = USUAL_WIDTH if self._width is None else self._width
        within = [one for one in cells if self._end in one]
        commas = sum(one.count(self._comma) for one in within)
        if width > 1 and commas >= breaks * (width - 1 - width // LACKING_ONE_IN):
            return True
        lines = (line for one in within for line in one.split(self._end))
        return any(
            line.count(self._comma) >= SOME_CELLS and _IDENTITY.search(line) for line in lines
        )

    def _refused(self, line: FileLine) -> ByteRow:
        return ByteRow(line.number, line.content.split(self._comma), "quote")


def _state(content: bytes, comma: bytes, *, is_open: bool) -> str:
    """Tell whether a line closes all its quotes (whole), leaves one open or has one that is out of
    place (broken).
    """
    content = content.removesuffix(b"\r")
    place, end = 0, len(content)
    while True:
        if not is_open:
            if content[place : place + 1] != QUOTE:
                # Within a cell that does not begin with one a quote is a character like any other.
                place = content.find(comma, place) + 1
                if not place:
                    return "whole"
                continue
            place += 1

        found = _TO_QUOTE.match(content, place)
        if found is None or not found[1]:
            return "open"
        place, is_open = found.end(), False
        if place == end:
            return "whole"
        if content[place : place + 1] != comma:
            return "broken"
        place += 1


def _cells(content: bytes, comma: bytes) -> list[bytes]:
    """Return the cells of a whole row."""
    cells: list[bytes] = []
    place = 0
    while True:
        if content[place : place + 1] == QUOTE:
            found = _TO_QUOTE.match(content, place + 1)
            stop = found.end() if found else len(content)
            cells.append(content[place + 1 : stop - 1].replace(b'""', QUOTE))
        else:
            stop = content.find(comma, place)
            stop = len(content) if stop < 0 else stop
            cells.append(content[place:stop])
        if stop >= len(content):
            return cells
        place = stop + 1
