"""A workbook of 100,000 rows and 25 columns, as exports write it, beside the bare library fed from
a generator of plain rows: seconds, and memory above what the process had before its first row.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

from rustpy_xlsxwriter import Format, write_worksheet

from app.integrations.sheets.xlsx_sheets import FEN_LOOK, LOOKS, XlsxSheets
from app.ports.sheets import Cell, Column, Kind, Sheet

ROWS, DIFFERENT, ROUNDS = 100_000, 1_000, 5
# As the register's: of 25 columns some ten amounts, two dates, an instant, a rate, a number.
KINDS: tuple[Kind, ...] = (
    *("text", "text", "text", "date"),
    *("fen",) * 10,
    *("number", "text", "ppm", "text", "text", "text", "text", "text", "text", "instant", "date"),
)
SHEET = Sheet("协议台账", tuple(Column(f"列{at}", kind) for at, kind in enumerate(KINDS)))
DAY = date(2026, 11, 23)
AT = datetime(2026, 11, 23, 2, tzinfo=UTC)
TEXTS = (
    "AH-{:08d}",
    "JJ{:010d}",
    "C{:010d}",
    "1：2026-12-10 {:d}.00",
    "政策自动 2026-07",
    "{:064x}",
)


def rows(count: int) -> Iterator[list[Cell]]:
    """Rows as the services hand them over: fen, dates, instants with their zone."""
    # Made once and handed out again and again: what it takes to make them is nobody's work.
    return islice(cycle([_row(number) for number in range(DIFFERENT)]), count)


def _row(number: int) -> list[Cell]:
    day, at = DAY - timedelta(number % 365), AT - timedelta(minutes=number)
    cells: dict[Kind, Cell] = {"number": 12, "ppm": 162_233, "date": day, "instant": at}
    return [
        TEXTS[place % len(TEXTS)].format(number)
        if kind == "text"
        else number * 100 + place
        if kind == "fen"
        else cells[kind]
        for place, kind in enumerate(KINDS)
    ]


def plain(count: int) -> Iterator[dict[str, object]]:
    """The same as the library takes them."""
    names = [column.name for column in SHEET.columns]
    for cells in rows(count):
        made = [
            cell / 100 if kind == "fen" else cell / 1_000_000 if kind == "ppm" else cell
            for kind, cell in zip(KINDS, cells, strict=True)
        ]
        yield dict(zip(names, made, strict=True))


def ours(path: str) -> None:
    """As an export writes it."""
    with Path(path).open("wb") as file, XlsxSheets().writing([SHEET], [file], foot="-") as writer:
        for cells in rows(ROWS):
            writer.row(0, cells)
        writer.total(0, ["合计", *[None] * 24])
        writer.note(0, "-")


def bare(path: str) -> None:
    """As anybody would, in the same number formats."""
    formats = {
        column.name: Format().set_num_format(LOOKS[column.kind])
        for column in SHEET.columns
        if column.kind in LOOKS
    }
    write_worksheet(plain(ROWS), path, float_format=FEN_LOOK, column_formats=formats)


WORK: dict[str, Callable[[str], None]] = {"ours": ours, "bare": bare}


def measured() -> Iterator[str]:
    """Both by turns, each in a process of its own; the last line is their ratio."""
    taken: dict[str, list[float]] = {which: [] for which in WORK}
    for _ in range(ROUNDS):
        for which, found in taken.items():
            command = [sys.executable, "-m", "tests.bench.sheets", which]
            told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            wall, worked, above = map(float, told.split())
            found.append(worked)
            yield f"{which}: {wall:.1f} s, processor {worked:.1f} s, {above:.0f} MB above idle"
    # The least of each: what else the machine does only ever adds.
    rate = min(taken["bare"]) / min(taken["ours"])
    yield f"{'XLSX, 100,000 x 25':<34}{rate:.2f} of the bare writer's rate, at least 0.8"


def _once(which: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        before, began, worked = _peak_mb(), time.perf_counter(), time.process_time()
        WORK[which](str(Path(folder, "book.xlsx")))
        spent = time.process_time() - worked
        print(time.perf_counter() - began, spent, _peak_mb() - before)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _once(sys.argv[1])
    else:
        for line in measured():
            print(line, flush=True)
