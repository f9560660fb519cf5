"""A file of repayments line by line: good rows, what is wrong with the others, what it covers."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from app.domain.nightly_fields import MESSAGES, RowFault
from app.domain.nightly_headings import plain_heading
from app.domain.repayments.row import COLUMNS, RepaymentLayout, RepaymentRow, read_repayment
from app.ports.book import Book, BookLine
from app.services.nightly.importing import HeaderRefused
from app.services.nightly.layout import rows_of_loans


class RejectedLine(NamedTuple):
    """One line that was not stored, and why: the first fault in the order of the columns."""

    line: int
    field: str
    code: str
    message: str


class GoodLine(NamedTuple):
    """One line that could be read, with its number in the file."""

    line: int
    row: RepaymentRow


def layout_of(file: Book) -> RepaymentLayout:
    """Return which cell holds which column. Raises: HeaderRefused."""
    names = [plain_heading(header) for header in file.headers]
    if any(names.count(name) > 1 for name in COLUMNS):
        raise HeaderRefused("表头有重复的列，请只留一列后重新导出")
    try:
        return RepaymentLayout.of(file.headers)
    except RowFault as fault:
        raise HeaderRefused(fault.message) from None


def read_lines(
    file: Book, layout: RepaymentLayout, *, today: date
) -> Iterator[GoodLine | RejectedLine]:
    """Yield the lines of a file but those at the end that only sum up the others.

    Raises: BookUnreadable.
    """
    for line in rows_of_loans(file.lines()):
        try:
            yield GoodLine(line.number, _row(line, layout, today))
        except RowFault as fault:
            yield rejected(line.number, fault)


def rejected(line: int, fault: RowFault) -> RejectedLine:
    """Return a line that is not stored with what is wrong with it."""
    return RejectedLine(line, fault.field, fault.code, fault.message)


def covered_until(file: Book, layout: RepaymentLayout, *, today: date) -> date | None:
    """Return the day up to whose end a file has all money by itself: the one before its latest
    arrival, for of the last day more may follow; None where it has no good line.

    Source: contract, repayments.csv in.
    """
    lines = read_lines(file, layout, today=today)
    arrivals = (line.row.arrived_on for line in lines if isinstance(line, GoodLine))
    latest = max(arrivals, default=None)
    return latest - timedelta(days=1) if latest else None


def _row(line: BookLine, layout: RepaymentLayout, today: date) -> RepaymentRow:
    if line.fault:
        message = MESSAGES["long_line" if line.fault == "text" else line.fault]
        raise RowFault("", line.fault, message)
    return read_repayment(layout.cells(line.cells), today=today)
