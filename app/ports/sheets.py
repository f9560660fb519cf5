"""What the product needs to write tables as files, whatever their format."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO, Literal, Protocol

from app.domain.errors import RuleBroken
from app.domain.texts import N_

Kind = Literal["text", "number", "fen", "date", "instant", "ppm"]
Cell = str | int | date | datetime | None


class SheetFull(RuleBroken):
    """A sheet of this format holds no more rows."""

    code = "sheet_full"
    message = N_("行数超过了 Excel 一张表的上限，请缩短日期范围，或改用 CSV")


@dataclass(frozen=True)
class Column:
    """One column: its heading, what its cells hold, and about how many characters wide it is.

    Units: cells of kind fen are integers of fen, of kind ppm millionths; an instant has its zone
           and is written in Beijing's.
    """

    name: str
    kind: Kind = "text"
    width: int = 12


@dataclass(frozen=True)
class Sheet:
    """One table: its name and its columns."""

    name: str
    columns: tuple[Column, ...]


class SheetWriter(Protocol):
    """Tables being written, row by row; nothing is held in memory as a whole. Text is never taken
    for a formula.
    """

    def row(self, sheet: int, cells: Sequence[Cell]) -> None:
        """Write one row of the sheet at a place in the list. Raises: SheetFull."""
        ...

    def total(self, sheet: int, cells: Sequence[Cell]) -> None:
        """Write the row that sums up; its first cell is text. Raises: SheetFull."""
        ...

    def note(self, sheet: int, words: str) -> None:
        """Write a line of words below the table. Raises: SheetFull."""
        ...


class SheetFormat(Protocol):
    """One format of tables. `is_one_file` tells whether all sheets lie in one file, else each has
    its own.
    """

    is_one_file: bool
    # Of one sheet, besides its heading, its total and a note; None: as many as there are.
    most_rows: int | None

    def writing(
        self, sheets: Sequence[Sheet], files: Sequence[BinaryIO], *, foot: str
    ) -> AbstractContextManager[SheetWriter]:
        """Write the headings, take rows until the end of the block, and finish the files, which
        stay open.

        `foot` says on every printed page who made the file and when, where the format can.
        """
        ...
