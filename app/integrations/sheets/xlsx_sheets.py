"""Tables as one XLSX workbook: amounts are numbers, ids and words are text, never formulas. Rows
wait on disk until all of them are there, for the library asks for them sheet by sheet (ADR 0070).
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from typing import Any, BinaryIO

from rustpy_xlsxwriter import Format, write_worksheets

from app.integrations.sheets.guard import guarded
from app.integrations.sheets.row_spool import RowSpool
from app.integrations.sheets.sizes import EXCEL_ROWS, MOST_ROWS
from app.integrations.sheets.xlsx_cells import RowOfCells, text_cell
from app.ports.sheets import Cell, Column, Kind, Sheet, SheetFull

# Of amounts it is the look of all numbers with a fraction, and no column's: so those of the row of
# totals take the look of their row.
FEN_LOOK = "#,##0.00"
LOOKS: dict[Kind, str] = {
    "text": "@",
    "number": "0",
    "date": "yyyy-mm-dd",
    "instant": "yyyy-mm-dd hh:mm:ss",
    "ppm": "0.00%",
}
INDENT = 1
THIN = "thin"
HEADING_POINTS = 32  # two lines
# The numbers Excel has for the sizes.
A3, A4 = 8, 9
# So many characters across can be read on a page; wider tables go over several, their first column
# on each.
A4_CHARACTERS, A3_CHARACTERS = 200, 300
MARGIN, FOOT_MARGIN = Decimal("0.5"), Decimal("0.75")  # inches


class XlsxSheets:
    """All sheets in one file."""

    is_one_file = True
    most_rows = MOST_ROWS

    @contextmanager
    def writing(
        self, sheets: Sequence[Sheet], files: Sequence[BinaryIO], *, foot: str
    ) -> Iterator["XlsxWriter"]:
        """Take rows, and write the workbook at the end; nothing of it where the block broke."""
        with ExitStack() as stack:
            pages = [_Page(one, stack.enter_context(RowSpool.opened()), foot) for one in sheets]
            yield XlsxWriter(pages)
            _write(pages, files[0])


class XlsxWriter:
    """Rows as they come; one that does not fit raises."""

    def __init__(self, pages: Sequence["_Page"]) -> None:
        self._pages = pages

    def row(self, sheet: int, cells: Sequence[Cell]) -> None:
        """Write one row."""
        page = self._pages[sheet]
        page.check_room()
        page.spool.add(page.row.made(cells))

    def total(self, sheet: int, cells: Sequence[Cell]) -> None:
        """Write the row that sums up."""
        page = self._pages[sheet]
        page.check_room()
        page.spool.end(page.row.summed(cells))
        page.totals.append(page.spool.count)

    def note(self, sheet: int, words: str) -> None:
        """Write a line of words."""
        page = self._pages[sheet]
        page.check_room()
        # It stands in the first column, which is text.
        page.spool.end([text_cell(words)])


class _Page:
    """One sheet on its way."""

    def __init__(self, sheet: Sheet, spool: RowSpool, foot: str) -> None:
        self.sheet, self.spool, self._foot = sheet, spool, foot
        self.row = RowOfCells(sheet.columns)
        self.totals: list[int] = []
        self._names = [guarded(column.name) for column in sheet.columns]

    def check_room(self) -> None:
        """Raises: SheetFull, before the library is asked, which is minutes later."""
        if self.spool.count + 1 >= EXCEL_ROWS:
            raise SheetFull

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield every row by its headings; of an empty sheet one without anything in it, for
        headings are read off the first.
        """
        blank: dict[str, Any] = dict.fromkeys(self._names)
        order = [self._names[place] for place in self.row.order]
        if not self.spool.count:
            yield blank
        # One and the same for all rows: the library has written a row before it asks for the next.
        found = blank.copy()
        for cells in self.spool.rows():
            found.update(zip(order, cells, strict=True))
            yield found
        for cells in self.spool.last:
            yield blank | dict(zip(order, cells, strict=False))

    def looks(self) -> dict[str, Format]:
        """How the cells of each column look."""
        found = zip(self._names, self.sheet.columns, strict=True)
        return {name: _look(column) for name, column in found if column.kind in LOOKS}

    def printed(self) -> dict[str, Any]:
        """How it comes out of a printer."""
        width = sum(column.width for column in self.sheet.columns)
        # A single & begins a code of the footer.
        words = self._foot.replace("&", "&&")
        return {
            "landscape": True,
            "paper_size": A4 if width <= A4_CHARACTERS else A3,
            "margins": {"left": MARGIN, "right": MARGIN, "top": MARGIN, "bottom": FOOT_MARGIN},
            "repeat_rows": 0,
            "repeat_columns": 0,
            "fit_to_pages": (-(-width // A3_CHARACTERS), 0),
            "header": f"&L{self.sheet.name}",
            "footer": f"&L{words}&R&P / &N",
        }


def _write(pages: Sequence[_Page], file: BinaryIO) -> None:
    names = [page.sheet.name for page in pages]
    heading = Format().set_bold().set_align("top").set_border_bottom(THIN).set_text_wrap()
    total = Format().set_bold().set_border_top(THIN).set_num_format(FEN_LOOK)
    widths = [[column.width for column in page.sheet.columns] for page in pages]
    # By its path and not into the file: for that the library makes the workbook in memory.
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as made:
        write_worksheets(
            [(name, page.records()) for name, page in zip(names, pages, strict=True)],
            made.name,
            freeze_panes={"general": {"row": 1, "col": 1}},
            float_format=FEN_LOOK,
            column_widths=dict(zip(names, widths, strict=True)),
            column_formats={page.sheet.name: page.looks() for page in pages},
            header_format={"general": heading},
            row_heights={"general": {0: HEADING_POINTS}},
            row_formats={page.sheet.name: dict.fromkeys(page.totals, total) for page in pages},
            page_setup={page.sheet.name: page.printed() for page in pages},
        )
        shutil.copyfileobj(made, file)


def _look(column: Column) -> Format:
    look = Format().set_num_format(LOOKS[column.kind])
    return look.set_indent(INDENT) if column.kind == "text" else look
