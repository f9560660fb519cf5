"""The demo's nightly file: the example moved to today, so that every rule can be tried on it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from app.domain.calendar import add_months
from app.domain.nightly_fields import RowFault, clean, read_date
from app.domain.nightly_row import (
    AS_OF,
    CUSTOMER,
    DAYS,
    MATURITY,
    MOBILE,
    SINCE,
    START,
    BookRow,
    compare,
    judge_row,
)
from app.ports.book import Book, BookLine
from app.services.nightly.layout import Layout
from app.services.nightly.rows import AMOUNTS, DATE_STYLES, Style, loan_cells, moved

SHARED_MOBILES = {"C17000026": "C17000025"}  # two people who use one phone


class DemoBook:
    """A book whose dates are moved by whole months and whose amounts are computed anew for its
    as-of date.
    """

    def __init__(self, example: Book, *, as_of: date, ceiling_ppm: int) -> None:
        self.example = example
        self.as_of = as_of
        self.ceiling_ppm = ceiling_ppm
        self.layout = Layout.of(example.headers)
        self.before = _example_date(example, self.layout)
        # Whole months keep every day of month, and with it all due dates (ADR 0006).
        self.months = whole_months(self.before, as_of)
        self.mobiles = self._mobiles()
        self.name = example.name
        # Of the example and not of the moved rows: the same demo, loaded another day, is the same
        # file.
        self.sha256 = example.sha256
        self.headers: Sequence[str] = example.headers
        self.header_line = example.header_line
        self.told = example.told

    def lines(self) -> Iterator[BookLine]:
        """Yield the example's rows, moved."""
        for line in self.example.lines():
            cells = self.layout.cells(line)
            changed = self._moved(cells) | self._shared(cells)
            written = list(line.cells)
            for name, text in changed.items():
                written[self.layout.known[name]] = text
            yield BookLine(line.number, written)

    def _mobiles(self) -> dict[str, str]:
        cells = (self.layout.cells(line) for line in self.example.lines())
        return {row[CUSTOMER]: row[MOBILE] for row in cells}

    def _shared(self, cells: Mapping[str, str]) -> dict[str, str]:
        other = SHARED_MOBILES.get(cells[CUSTOMER])
        return {MOBILE: self.mobiles[other]} if other else {}

    def _moved(self, cells: Mapping[str, str]) -> dict[str, str]:
        try:
            row = judge_row(cells, as_of=self.before, is_ref_taken=False, is_customer_taken=False)
        except RowFault:
            return self._moved_at_fault(cells)
        return self._computed(row, cells)

    def _computed(self, row: BookRow, cells: Mapping[str, str]) -> dict[str, str]:
        # The amounts are new and the differences are kept: they are what the example is there to
        # show (ADR 0006).
        differences = compare(row, as_of=self.before, ceiling_ppm=self.ceiling_ppm).differences
        return loan_cells(
            moved(row.terms, self.months),
            paid=row.paid,
            fee_fen=row.figures.fee,
            as_of=self.as_of,
            ceiling_ppm=self.ceiling_ppm,
            style=_style(cells),
            differences=differences,
        )

    def _moved_at_fault(self, cells: Mapping[str, str]) -> dict[str, str]:
        """Move what can be read of a row at fault, so that its fault stays what it was."""
        found = {AS_OF: self.as_of.isoformat()}
        for column in (START, MATURITY, SINCE):
            try:
                before = read_date(cells[column], column)
            except RowFault:
                continue

            after = add_months(before, self.months)
            found[column] = _style(cells).day(after)
            if column == SINCE and cells[DAYS].isdigit():
                # The fault may be these very days: they stay wrong by as much as they were.
                wrong_by = int(cells[DAYS]) - (self.before - before).days
                found[DAYS] = str((self.as_of - after).days + wrong_by)

        return found


def whole_months(before: date, today: date) -> int:
    """Return by how many whole months a date moves to come as near to today as it can, not after
    it.
    """
    months = (today.year - before.year) * 12 + today.month - before.month
    # Never after today: a loan paid out tomorrow would be refused.
    return months - 1 if add_months(before, months) > today else months


def _style(cells: Mapping[str, str]) -> Style:
    start = cells[START]
    place = 0 if "-" in start else 1 if "/" in start else 2
    return Style(DATE_STYLES[place], any("," in cells[column] for column in AMOUNTS))


def _example_date(example: Book, layout: Layout) -> date:
    first = next(iter(example.lines()))
    return read_date(clean(first.cells[layout.known[AS_OF]]), AS_OF)
