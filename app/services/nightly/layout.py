"""Which cell of a row is which column, and which rows are of a loan."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.domain.nightly_fields import MESSAGES, RowFault, clean, clean_words
from app.domain.nightly_headings import is_total, missing_columns, plain_heading
from app.domain.nightly_row import COLUMNS, NUMBER_CHARS, REF, REMARK
from app.ports.book import BookLine

_LIKE_REF = re.compile(rf"[0-9A-Za-z._/#-]{{1,{NUMBER_CHARS}}}")
_PERSONAL = re.compile(r"1[3-9][0-9]{9}|[0-9]{17}[0-9Xx]")


class Layout(NamedTuple):
    """Which cell holds which column; the columns we do not know are kept under their own names."""

    width: int
    known: dict[str, int]
    unknown: dict[str, int]

    @classmethod
    def of(cls, headers: Sequence[str]) -> "Layout":
        """Read the headers in any order; full-width brackets and blanks do not matter."""
        names = [plain_heading(header) for header in headers]
        known = {name: place for place, name in enumerate(names) if name in COLUMNS}
        unknown = {name: place for place, name in enumerate(names) if name and name not in COLUMNS}
        return cls(len(names), known, unknown)

    @property
    def missing(self) -> list[str]:
        """Return the required columns that are not there."""
        return missing_columns(tuple(self.known))

    def cells(self, line: BookLine) -> dict[str, str]:
        """Return the known cells of a row by column.

        Raises: RowFault where the row cannot be parted into cells, or they are too few or too many.
        """
        if line.fault:
            message = MESSAGES["long_line" if line.fault == "text" else line.fault]
            raise RowFault("", line.fault, message)
        values = line.cells
        # Blank cells behind the last column are a habit of spreadsheets; filled ones mean that a
        # comma stood without quotes.
        if len(values) > self.width and any(map(clean, values[self.width :])):
            raise RowFault("", "columns")
        # The remark is the only column a row may lack.
        if len(values) < self.width and any(
            place >= len(values) for name, place in self.known.items() if name != REMARK
        ):
            raise RowFault("", "columns")

        found = {
            name: clean(values[place]) for name, place in self.known.items() if place < len(values)
        }
        place = self.known.get(REMARK, len(values))
        found[REMARK] = clean_words(values[place]) if place < len(values) else ""

        return found

    def ref_of(self, line: BookLine) -> dict[str, str]:
        """Return what stands in the place of the loan number, of a row that cannot be read as a
        whole.
        """
        # A row cut off still names its loan, so that the loan is not counted as vanished.
        place = self.known[REF]
        ref = clean(line.cells[place]) if place < len(line.cells) else ""
        # Cells may be out of place: what could be a person's is left out.
        return {REF: ref} if _LIKE_REF.fullmatch(ref) and not _PERSONAL.fullmatch(ref) else {}

    def kept(self, line: BookLine) -> dict[str, str]:
        """Return the cells of columns we do not know, without blank ones."""
        values = line.cells
        found = {
            name: clean_words(values[place])
            for name, place in self.unknown.items()
            if place < len(values)
        }
        return {name: text for name, text in found.items() if text}


def rows_of_loans(lines: Iterator[BookLine]) -> Iterator[BookLine]:
    """Yield the rows but those at the end that only sum up the others."""
    totals: list[BookLine] = []
    for line in lines:
        # A sum with rows behind it is told like any row that is none of a loan.
        if not line.fault and is_total(line.cells):
            totals.append(line)
            continue
        yield from totals
        totals.clear()
        yield line
