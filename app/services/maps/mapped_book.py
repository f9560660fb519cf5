"""A lender's own file as the built-in one: every row under the headings, read by a map."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from app.domain.maps.column_map import MOST_ROWS_ABOVE, ColumnMap, MapFaulty
from app.domain.maps.reading import MappedRows, day_in, is_closing, row_of
from app.domain.nightly_headings import plain_heading
from app.domain.nightly_row import AS_OF, COLUMNS, REF, REMARK
from app.ports.book import BookLine
from app.ports.table import Table, TableRow

# Names of hidden rows that are told.
MOST_HIDDEN = 20


@dataclass(frozen=True)
class TopRows:
    """What stands at the top of a table: titles, and the headings with the number of their row."""

    titles: tuple[str, ...]
    headings: Sequence[str]
    number: int


class MappedBook:
    """A table read by a map; rows that do not say their day are of `as_of`, else of the day in its
    name or title, else of `otherwise`. Raises MapFaulty where its headings are not the map's.
    """

    def __init__(
        self,
        table: Table,
        told: ColumnMap,
        *,
        as_of: date | None = None,
        otherwise: date | None = None,
        read_by: str = "",
    ) -> None:
        self.table, self.map, self._read_by = table, told, read_by
        self.name, self.sha256 = table.name, table.sha256
        top = top_rows(table, told)
        self.header_line = top.number
        self.reader = MappedRows(told, top.headings, as_of=as_of or self._day(top) or otherwise)
        # Never a heading of ours again: that column has been read from another place.
        unused = {name: at for name, at in self.reader.unused.items() if name not in COLUMNS}
        self._kept = list(unused.values())
        self.headers: Sequence[str] = (*COLUMNS, *unused)
        self._ref_place = self.reader.ref_place(REF)
        # The numbers of rows that nobody sees in the sheet, which are read like any other; and the
        # rows that close the table. Known once the lines are through.
        self.hidden: list[int] = []
        self.closing: list[int] = []

    @property
    def told(self) -> dict[str, Any]:
        """Return by which map it was read, which rows close it and which nobody sees."""
        rows = {"closing": self.closing, "hidden": self.hidden}
        return {"read_by": self._read_by} | {name: one for name, one in rows.items() if one}

    def lines(self) -> Iterator[BookLine]:
        """Yield the rows under the headings; those at the end that only close the table are left
        out and named in `closing`.
        """
        self.hidden, self.closing = [], []
        waiting: list[TableRow] = []
        for row in self.table.rows():
            if row.number <= self.header_line:
                continue
            if not row.fault and is_closing(row.cells, self.map.closing, self.reader.width):
                waiting.append(row)
                continue
            # With a row of a loan behind it, it is told like any row that is none.
            yield from map(self._line, waiting)
            waiting.clear()
            yield self._line(row)
        self.closing = [row.number for row in waiting]

    def _line(self, row: TableRow) -> BookLine:
        if row.is_hidden and len(self.hidden) < MOST_HIDDEN:
            self.hidden.append(row.number)
        cells, width = row.cells, self.reader.width
        if row.fault:
            return BookLine(row.number, self._ref_only(cells), row.fault, row.lines)
        if any(map(str.strip, cells[width:])) or self._lacks(cells):
            return BookLine(row.number, self._ref_only(cells), "columns", row.lines)
        kept = [cells[at] if at < len(cells) else "" for at in self._kept]
        return BookLine(row.number, [*row_of(self.reader.cells(cells)), *kept], "", row.lines)

    def _lacks(self, cells: Sequence[str]) -> bool:
        """Tell whether a row of text ends before a column of the map; a sheet's rows end with their
        last filled cell.
        """
        if not self.table.delimiter:
            return False
        needed = (self.reader.last_place(name) for name in COLUMNS if name != REMARK)
        return len(cells) <= max(needed)

    def _ref_only(self, cells: Sequence[str]) -> list[str]:
        """The cells of a row that cannot be read: its loan, so that it is not taken for gone."""
        place = self._ref_place
        ref = cells[place] if 0 <= place < len(cells) else ""
        return [ref if name == REF else "" for name in COLUMNS]

    def _day(self, top: TopRows) -> date | None:
        source = self.map.columns.get(AS_OF)
        if source is not None and source.way == "title":
            return next(filter(None, map(day_in, top.titles)), None)
        return day_in(self.name)


def top_rows(table: Table, told: ColumnMap) -> TopRows:
    """Find the headings: in the row that the map names, else in the one with most of its own.

    Raises: MapFaulty where there are none; BookUnreadable.
    """
    rows = list(islice(table.rows(), MOST_ROWS_ABOVE))
    wanted = {name for one in told.columns.values() for name in one.of}
    if told.heading_row:
        found = next((row for row in rows if row.number == told.heading_row), None)
    else:
        found = max(rows, key=lambda row: _known(row, wanted), default=None)
    if found is None or not any(map(plain_heading, found.cells)):
        raise MapFaulty(f"文件的第 {told.heading_row or 1} 行没有表头，请核对列对照里的表头行号")
    titles = tuple(
        cell.strip()
        for row in rows
        if row.number < found.number
        for cell in row.cells
        if cell.strip()
    )
    return TopRows(titles, found.cells, found.number)


def _known(row: TableRow, wanted: set[str]) -> int:
    return len({plain_heading(cell) for cell in row.cells} & wanted)
