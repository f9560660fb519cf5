"""What stands in the cells of a workbook: numbers and texts, a whole row at once where that can be
done.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import repeat
from operator import itemgetter, truediv
from typing import Any

from app.domain.calendar import BEIJING
from app.domain.money import FEN_PER_YUAN, PPM
from app.integrations.sheets.guard import guarded
from app.integrations.sheets.sizes import MOST_CELL_CHARS
from app.ports.sheets import Cell, Column, Kind, SheetFull

# The day before Excel's first, as Python counts days; what it took 1900 for is long past.
NAUGHT = datetime(1899, 12, 30, tzinfo=BEIJING)
DAY_NAUGHT = NAUGHT.toordinal()
DAY = 86_400
MARK = "\n"
# Most texts begin with a letter, a digit or a hanzi: nothing that is told apart.
SUSPECT = re.compile(rf"{MARK}[^0-9A-Za-z\u4e00-\u9fa5]")


class Summed(int):
    """Fen that the library writes as yuan in the look of their row: of a whole number it asks the
    number itself, and of one with a fraction it would take the look of its column.
    """

    def __float__(self) -> Any:
        return int(self) / FEN_PER_YUAN


class RowOfCells:
    """The cells of a table's rows: texts first, then amounts, then all others, each group in the
    order of the columns; `order` says which columns these are.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._kinds = [column.kind for column in columns]
        places = range(len(columns))
        texts = [place for place in places if self._kinds[place] == "text"]
        amounts = [place for place in places if self._kinds[place] == "fen"]
        self._others = [place for place in places if self._kinds[place] not in ("text", "fen")]
        self.order = [*texts, *amounts, *self._others]
        self._made = [(place, WRITTEN[self._kinds[place]]) for place in self._others]
        self._texts, self._amounts = _of(texts), _of(amounts)

    def made(self, cells: Sequence[Cell]) -> list[Any]:
        """Return the cells of a row. Raises: SheetFull where a text is too long for one."""
        texts = self._texts(cells)
        try:
            joined = MARK.join(("", *texts))
            if len(joined) <= MOST_CELL_CHARS and not SUSPECT.search(joined):
                amounts = map(truediv, self._amounts(cells), repeat(FEN_PER_YUAN))
                return [*texts, *amounts, *[make(cells[place]) for place, make in self._made]]
        except (TypeError, AttributeError):
            # One of them is None.
            pass
        return self.each(cells, WRITTEN)

    def summed(self, cells: Sequence[Cell]) -> list[Any]:
        """Return the cells of the row that sums up."""
        return self.each(cells, WRITTEN | {"fen": Summed})

    def each(self, cells: Sequence[Cell], written: "Written") -> list[Any]:
        """Return the cells of a row, made one by one."""
        found = [(cells[place], written[self._kinds[place]]) for place in self.order]
        return [None if cell is None else make(cell) for cell, make in found]


def _of(places: Sequence[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """What stands at some places of a row."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda cells: [cells[place] for place in places]


def text_cell(text: str) -> str:
    """Return a text as it is written. Raises: SheetFull."""
    text = guarded(text)
    if len(text) > MOST_CELL_CHARS:
        raise SheetFull
    return text


def _yuan(fen: int) -> Any:
    # The nearest number there is, which is written as the two decimals it came from.
    return fen / FEN_PER_YUAN


def _share(ppm: int) -> Any:
    return ppm / PPM


def _day(day: date) -> int:
    return day.toordinal() - DAY_NAUGHT


def _instant(at: datetime) -> Any:
    # A workbook knows no zones: it holds what the clock shows in Beijing, to the second.
    shown = at - NAUGHT
    return shown.days + shown.seconds / DAY


Written = dict[Kind, Callable[[Any], Any]]
WRITTEN: Written = {
    "text": text_cell,
    "number": int,
    "fen": _yuan,
    "date": _day,
    "instant": _instant,
    "ppm": _share,
}
