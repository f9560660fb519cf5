"""Tables as one XLSX workbook, written row by row: amounts are numbers, ids and words are text,
never formulas.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

import xlsxwriter

from app.domain.calendar import BEIJING
from app.domain.money import PPM
from app.integrations.sheets.guard import guarded
from app.integrations.sheets.sizes import MOST_ROWS
from app.ports.sheets import Cell, Kind, Sheet, SheetFull

OPTIONS = {
    # Rows go to disk as they come; the price is that they cannot be touched again.
    "constant_memory": True,
    # Nothing that stands in a cell is ever anything but text or a number (V1.2.10).
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
LOOKS: dict[Kind, dict[str, Any]] = {
    "text": {"num_format": "@", "indent": 1},
    "number": {"num_format": "0"},
    "fen": {"num_format": "#,##0.00"},
    "date": {"num_format": "yyyy-mm-dd"},
    "instant": {"num_format": "yyyy-mm-dd hh:mm:ss"},
    "ppm": {"num_format": "0.00%"},
}
HEADING = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
HEADING_POINTS = 32  # two lines
# The numbers Excel has for the sizes.
A3, A4 = 8, 9
# So many characters across can be read on a page; wider tables go over several, their first column
# on each.
A4_CHARACTERS, A3_CHARACTERS = 200, 300
MARGIN, FOOT_MARGIN = Decimal("0.5"), Decimal("0.75")  # inches
TOTAL = {"bold": True, "top": 1}
# What begins and ends so is written as it is by the library: it must not come from outside.
RICH = "<r>"


class XlsxSheets:
    """All sheets in one file."""

    is_one_file = True
    most_rows = MOST_ROWS

    @contextmanager
    def writing(
        self, sheets: Sequence[Sheet], files: Sequence[BinaryIO], *, foot: str
    ) -> Iterator["XlsxWriter"]:
        """Write the headings and take rows."""
        workbook = xlsxwriter.Workbook(files[0], OPTIONS)
        try:
            yield XlsxWriter(workbook, sheets, foot)
        finally:
            workbook.close()


class XlsxWriter:
    """Rows as they come; one that does not fit raises."""

    def __init__(self, workbook: Any, sheets: Sequence[Sheet], foot: str) -> None:
        self._plain = {kind: workbook.add_format(look) for kind, look in LOOKS.items()}
        self._bold = {kind: workbook.add_format(look | TOTAL) for kind, look in LOOKS.items()}
        self._kinds: list[list[Kind]] = [
            [column.kind for column in sheet.columns] for sheet in sheets
        ]
        self._sheets = [workbook.add_worksheet(sheet.name) for sheet in sheets]
        self._next = [1] * len(sheets)
        self._filtered: set[int] = set()
        heading = {
            kind: workbook.add_format(HEADING | {"align": "left" if kind == "text" else "right"})
            for kind in LOOKS
        }

        for place, sheet in zip(self._sheets, sheets, strict=True):
            _set_up(place, sheet, heading, foot)

    def row(self, sheet: int, cells: Sequence[Cell]) -> None:
        """Write one row."""
        self._write(sheet, cells, self._plain)

    def total(self, sheet: int, cells: Sequence[Cell]) -> None:
        """Write the row that sums up."""
        self._filter(sheet)
        self._write(sheet, cells, self._bold)

    def note(self, sheet: int, words: str) -> None:
        """Write a line of words."""
        self._filter(sheet)
        self._put(sheet, 0, "text", words, self._plain["text"])
        self._next[sheet] += 1

    def _filter(self, sheet: int) -> None:
        # Over the rows only: the row of totals must neither be sorted among them nor hidden.
        if sheet not in self._filtered:
            last = self._next[sheet] - 1
            self._sheets[sheet].autofilter(0, 0, last, len(self._kinds[sheet]) - 1)
            self._filtered.add(sheet)

    def _write(self, sheet: int, cells: Sequence[Cell], looks: dict[Kind, Any]) -> None:
        for column, (kind, cell) in enumerate(zip(self._kinds[sheet], cells, strict=True)):
            if cell is not None:
                self._put(sheet, column, kind, cell, looks[kind])
        self._next[sheet] += 1

    def _put(self, sheet: int, column: int, kind: Kind, cell: Cell, look: Any) -> None:
        place, row = self._sheets[sheet], self._next[sheet]
        if isinstance(cell, datetime):
            # A workbook knows no zones.
            local = cell.astimezone(BEIJING).replace(tzinfo=None)
            refused = place.write_datetime(row, column, local, look)
        elif isinstance(cell, date):
            refused = place.write_datetime(row, column, cell, look)
        elif isinstance(cell, int):
            refused = place.write_number(row, column, _number(kind, cell), look)
        else:
            refused = place.write_string(row, column, _text(cell or ""), look)

        # The library answers with a code and does not raise: beyond a million rows it would drop
        # them silently.
        if refused:
            raise SheetFull


def _set_up(place: Any, sheet: Sheet, heading: dict[Kind, Any], foot: str) -> None:
    place.set_row(0, HEADING_POINTS)
    for number, column in enumerate(sheet.columns):
        place.set_column(number, number, column.width)
        place.write_string(0, number, _text(column.name), heading[column.kind])

    place.freeze_panes(1, 1)
    place.repeat_rows(0)
    place.repeat_columns(0)
    place.set_landscape()
    width = sum(column.width for column in sheet.columns)
    place.set_paper(A4 if width <= A4_CHARACTERS else A3)
    place.fit_to_pages(-(-width // A3_CHARACTERS), 0)
    place.set_margins(left=MARGIN, right=MARGIN, top=MARGIN, bottom=FOOT_MARGIN)
    place.set_header(f"&L{sheet.name}")
    # A single & begins a code of the footer.
    place.set_footer(f"&L{foot.replace('&', '&&')}&R&P / &N")


def _number(kind: Kind, cell: int) -> int | Decimal:
    if kind == "fen":
        return Decimal(cell).scaleb(-2)
    return Decimal(cell) / PPM if kind == "ppm" else cell


def _text(cell: str) -> str:
    return f"'{cell}" if cell.startswith(RICH) else guarded(cell)
