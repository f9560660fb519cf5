"""Nightly files of two days for any number of people, written from Python in minutes: some are made
up, the others are they again under numbers of their own.
"""

import csv
import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby, islice
from pathlib import Path

from app.domain.id_papers import check_digit
from app.domain.nightly_row import COLUMNS, CONTRACT, CUSTOMER, ID_NUMBER, MOBILE, REF
from app.services.nightly.maker import made_rows
from tests.support.books import CEILING_PPM

# Neither is of a day that has not come by the clock of tests.
FIRST = date(2026, 11, 22)
NEXT = FIRST + timedelta(days=1)
SEED = 7
# From one day to the next some people come, some go and some have another number.
NEW_IN, GONE_EVERY, MOVED_EVERY = 200, 1_000, 500
# So many are made up, with more different contracts than anything remembers.
MADE_UP = 20_000
PLACES = {name: COLUMNS.index(name) for name in (CUSTOMER, REF, CONTRACT, ID_NUMBER, MOBILE)}
_NUMBER = re.compile(r"([A-Z]+26)([0-9]+)")
_ID = re.compile(r"('?)990101([0-9]{11})[0-9X]")
_MOBILE = re.compile(r"(\+86 )?190([0-9]{8})")


def write_books(folder: Path, people: int) -> tuple[Path, Path]:
    """Write the file of the first day and that of the next; return where they are."""
    paths = folder / "first.csv", folder / "next.csv"
    _write(paths[0], people, FIRST)
    _write(paths[1], people + people // NEW_IN, NEXT)
    return paths


def _write(path: Path, people: int, as_of: date) -> None:
    with path.open("w", encoding="gb18030", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        for number, rows in _people(people, as_of):
            if as_of > FIRST and number % GONE_EVERY == 0:
                continue
            if as_of > FIRST and number % MOVED_EVERY == 1:
                rows = [_moved(row) for row in rows]
            writer.writerows(rows)


def _people(count: int, as_of: date) -> Iterator[tuple[int, list[list[str]]]]:
    """Each person's number and rows."""
    made = made_rows(
        # As many on both days, so that the copies are the same people.
        borrowers=MADE_UP,
        seed=SEED,
        as_of=as_of,
        ceiling_ppm=CEILING_PPM,
        drawn_on=FIRST,
    )
    next(made)
    by_person = (list(rows) for _, rows in groupby(made, key=lambda row: row[PLACES[CUSTOMER]]))
    if count <= MADE_UP:
        yield from enumerate(islice(by_person, count), 1)
        return
    people = list(by_person)
    loans = sum(map(len, people))
    for place in range(count):
        copy, number = divmod(place, MADE_UP)
        yield place + 1, [_copied(row, copy, loans) for row in people[number]]


def _copied(row: list[str], copy: int, loans: int) -> list[str]:
    if not copy:
        return row
    row = row.copy()
    for name, step in ((CUSTOMER, MADE_UP), (REF, loans), (CONTRACT, loans)):
        if found := _NUMBER.fullmatch(row[PLACES[name]]):
            number = int(found[2]) + copy * step
            row[PLACES[name]] = f"{found[1]}{number:0{len(found[2])}d}"
    if found := _ID.fullmatch(row[PLACES[ID_NUMBER]]):
        # In a region of its own, so that nobody has a number twice.
        first = f"98{copy:04d}{found[2]}"
        row[PLACES[ID_NUMBER]] = found[1] + first + check_digit(first)
    if found := _MOBILE.fullmatch(row[PLACES[MOBILE]]):
        number = int(found[2]) + copy * MADE_UP
        row[PLACES[MOBILE]] = f"{found[1] or ''}190{number:08d}"
    return row


def _moved(row: list[str]) -> list[str]:
    mobile = row[PLACES[MOBILE]]
    if not mobile.isdigit():
        return row
    return [*row[: PLACES[MOBILE]], f"191{mobile[3:]}", *row[PLACES[MOBILE] + 1 :]]
