"""Made-up nightly files of two days, written from Python."""

import csv
from datetime import date, timedelta
from pathlib import Path

from app.domain.nightly_row import COLUMNS, CUSTOMER, MOBILE
from app.services.nightly.maker import made_rows
from tests.support.books import CEILING_PPM

FIRST = date(2026, 11, 23)
NEXT = FIRST + timedelta(days=1)
SEED = 7
# From one day to the next some people come, some go and some have another number.
NEW_IN, GONE_EVERY, MOVED_EVERY = 200, 1_000, 500


def write_books(folder: Path, people: int) -> tuple[Path, Path]:
    """Write the file of the first day and that of the next; return where they are."""
    paths = folder / "first.csv", folder / "next.csv"
    _write(paths[0], people, FIRST)
    _write(paths[1], people + people // NEW_IN, NEXT)
    return paths


def _write(path: Path, people: int, as_of: date) -> None:
    rows = made_rows(
        borrowers=people, seed=SEED, as_of=as_of, ceiling_ppm=CEILING_PPM, drawn_on=FIRST
    )
    customer, mobile = COLUMNS.index(CUSTOMER), COLUMNS.index(MOBILE)
    with path.open("w", encoding="gb18030", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(next(rows))
        for row in rows:
            number = int(row[customer][1:])
            if as_of > FIRST and number % GONE_EVERY == 0:
                continue
            if as_of > FIRST and number % MOVED_EVERY == 1 and row[mobile].isdigit():
                row[mobile] = f"191{row[mobile][3:]}"
            writer.writerow(row)
