"""Tables over as many sheets as their rows need, known before the first row is written. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.ports.sheets import Sheet, SheetFull


@dataclass
class LaidOut:
    """One table: its sheets, and at which places of the file they stand."""

    sheets: tuple[Sheet, ...]
    places: range
    most: int | None
    written: int = 0

    def next_place(self) -> int:
        """Return the place of the sheet that takes the next row. Raises: SheetFull."""
        number = 0 if self.most is None else self.written // self.most
        if number == len(self.places):
            raise SheetFull
        self.written += 1
        return self.places[number]


def laid_out(
    sheets: Sequence[Sheet], *, rows: Sequence[int], most: int | None
) -> tuple[LaidOut, ...]:
    """Return each table with the sheets that so many rows of it need; one that needs several has
    their numbers behind its name.
    """
    found: list[LaidOut] = []
    first = 0
    for sheet, count in zip(sheets, rows, strict=True):
        needed = 1 if most is None else max(1, -(-count // most))
        named = [replace(sheet, name=f"{sheet.name}-{number + 1}") for number in range(needed)]
        mine = tuple(named) if needed > 1 else (sheet,)
        found.append(LaidOut(mine, range(first, first + needed), most))
        first += needed
    return tuple(found)
