"""Tables as CSV for people: UTF-8 with a byte order mark, CRLF, text in quotes, amounts bare."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO

from app.domain.calendar import BEIJING
from app.domain.money import percent
from app.integrations.sheets.guard import guarded, shown_whole
from app.ports.sheets import Cell, Kind, Sheet


class CsvSheets:
    """One file a sheet."""

    is_one_file = False
    most_rows = None

    @contextmanager
    def writing(
        self, sheets: Sequence[Sheet], files: Sequence[BinaryIO], *, foot: str
    ) -> Iterator["CsvWriter"]:
        """Write the headings and take rows; a CSV has no place for a foot."""
        # The mark tells Excel that it is UTF-8; without it Chinese opens as rubbish.
        texts = [
            io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
            for file in files
        ]
        try:
            yield CsvWriter(sheets, texts)
        finally:
            for text in texts:
                # Closing the wrapper would close the file, which belongs to the storage.
                text.detach()


class CsvWriter:
    """Rows as they come."""

    def __init__(self, sheets: Sequence[Sheet], texts: Sequence[io.TextIOWrapper]) -> None:
        self._kinds: list[list[Kind]] = [
            [column.kind for column in sheet.columns] for sheet in sheets
        ]
        # Quotes say that ids of digits are text, and a tab says it to who does not ask (Excel);
        # amounts go bare, so that they are numbers (ADR 0026).
        self._writers = [
            csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC) for text in texts
        ]
        for writer, sheet in zip(self._writers, sheets, strict=True):
            writer.writerow([guarded(column.name) for column in sheet.columns])

    def row(self, sheet: int, cells: Sequence[Cell]) -> None:
        """Write one row."""
        kinds = self._kinds[sheet]
        self._writers[sheet].writerow(
            [_written(kind, cell) for kind, cell in zip(kinds, cells, strict=True)]
        )

    def total(self, sheet: int, cells: Sequence[Cell]) -> None:
        """Write the row that sums up."""
        self.row(sheet, cells)

    def note(self, sheet: int, words: str) -> None:
        """Write a line of words."""
        self._writers[sheet].writerow([guarded(words)])


def _written(kind: Kind, cell: Cell) -> str | int | Decimal:
    """A number is written bare, everything else in quotes; fen become yuan without a float."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str):
        return shown_whole(guarded(cell))
    if kind == "fen":
        return Decimal(cell).scaleb(-2)

    return percent(cell) if kind == "ppm" else cell
