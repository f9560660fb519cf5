"""A sheet of a workbook read row by row: numbers as a person reads them there, dates as dates."""

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from openpyxl.utils.exceptions import InvalidFileException

from app.integrations.sheets.csv_lines import sha256_of
from app.ports.book import BookUnreadable
from app.ports.table import TableRow

# Of styles that are not there and days that are none: neither is read.
warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
# As many as a spreadsheet shows; behind them stands the noise of binary fractions.
DIGITS = ".15g"
# What a workbook may come to when it is unpacked, whole and beside what it takes packed.
MOST_BYTES, MOST_TIMES = 2 * 2**30, 200
MOST_COLUMNS = 1_000
# What names the sheets: nothing in it is large.
BOOK, LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
MOST_NAMES_BYTES = 16 * 2**20
_ROW = re.compile(rb"<(?:\w+:)?row\s([^>]*)>")
_HIDDEN = re.compile(rb'hidden="(?:1|true)"')
_NUMBER = re.compile(rb'\br="([0-9]+)"')
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# What a file says that is damaged, cut off, or was never a workbook.
UNREADABLE = (
    OSError,
    EOFError,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    SyntaxError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    InvalidFileException,
    DefusedXmlException,
)


class XlsxTable:
    """One sheet of a workbook: the one that is named, else the first. Raises BookUnreadable."""

    delimiter = encoding = ""

    def __init__(self, path: Path, *, name: str = "", sheet: str = "") -> None:
        self.path, self.name = path, name or path.name
        try:
            self.sha256 = sha256_of(path)
            self._links = _checked(path)
            self.sheets: Sequence[str] = tuple(self._links)
        except UNREADABLE as error:
            raise _unreadable(error) from error
        if not self.sheets:
            raise BookUnreadable("表格里没有工作表，请重新导出")
        if sheet and sheet not in self.sheets:
            raise BookUnreadable(f"表格里没有叫“{sheet}”的工作表，有的是：{'、'.join(self.sheets)}")
        self.sheet = sheet or self.sheets[0]

    def rows(self) -> Iterator[TableRow]:
        """Yield the rows that are not empty, by their numbers in the sheet."""
        try:
            hidden = self._hidden()
            yield from self._rows(hidden)
        except UNREADABLE as error:
            raise _unreadable(error) from error

    def _rows(self, hidden: frozenset[int]) -> Iterator[TableRow]:
        # Opened here: what a workbook is called does not matter.
        with self.path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            sheet = book[self.sheet]
            # What a sheet says of its own size may be wrong, or left out.
            sheet.reset_dimensions()
            for number, values in enumerate(
                sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS), start=1
            ):
                cells = [_text(one) for one in _trimmed(values)]
                if any(map(str.strip, cells)):
                    yield TableRow(number, cells, is_hidden=number in hidden)

    def _hidden(self) -> frozenset[int]:
        """Return the rows that a person does not see."""
        found: set[int] = set()
        with zipfile.ZipFile(self.path) as packed, packed.open(self._links[self.sheet]) as file:
            rest = b""
            while block := file.read(1 << 20):
                text = rest + block
                for row in _ROW.finditer(text):
                    number = _NUMBER.search(row[1])
                    if number and _HIDDEN.search(row[1]):
                        found.add(int(number[1]))
                rest = text[-512:] if b">" not in text[-512:] else text[text.rfind(b">") + 1 :]
        return frozenset(found)


def _checked(path: Path) -> dict[str, str]:
    """Return where each sheet lies in the file. Raises BookUnreadable where it would not fit."""
    with zipfile.ZipFile(path) as packed:
        parts = packed.infolist()
        size = sum(one.file_size for one in parts)
        names_bytes = sum(one.file_size for one in parts if one.filename in (BOOK, LINKS))
        unfolds = size > MOST_BYTES or size > max(MOST_TIMES * path.stat().st_size, 1 << 26)
        if unfolds or names_bytes > MOST_NAMES_BYTES:
            raise BookUnreadable("这个表格展开后太大，像是损坏了，请分成几份导出")
        book, links = (fromstring(packed.read(name)) for name in (BOOK, LINKS))
        names = {part.filename for part in parts}
    targets = {one.get("Id"): one.get("Target", "") for one in links}
    found = {}
    for sheet in book.iter(f"{_MAIN}sheet"):
        target = targets.get(sheet.get(_LINK), "").removeprefix("/").removeprefix("xl/")
        if f"xl/{target}" in names:
            found[sheet.get("name", "")] = f"xl/{target}"
    return found


def _unreadable(error: Exception) -> BookUnreadable:
    if isinstance(error, BookUnreadable):
        return error
    return BookUnreadable("这个表格打不开，可能没有传完或已经损坏，请重新导出成 XLSX 或 CSV")


def _trimmed(values: Sequence[Any]) -> Sequence[Any]:
    end = next((n for n in range(len(values), 0, -1) if values[n - 1] is not None), 0)
    return values[:end]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return format(value, DIGITS)
    if isinstance(value, datetime):
        is_day = value.time() == time()
        return value.date().isoformat() if is_day else value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
