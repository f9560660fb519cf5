"""The files of a day written into a storage: streams, each with its control line and hash."""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from sqlalchemy.orm import Session

from app.ports.storage import Storage
from app.services.lender_files.day import ToldDay, ToldRow, told_yuan
from app.services.lender_files.loan_rows import EXIT_COLUMNS, HOLD_COLUMNS, exit_rows, hold_rows
from app.services.lender_files.money_rows import (
    CONTACT_COLUMNS,
    PAYMENT_COLUMNS,
    contact_rows,
    payment_rows,
)
from app.services.lender_files.plan_rows import (
    PLAN_COLUMNS,
    WAIVER_COLUMNS,
    plan_rows,
    waiver_rows,
)

# The first cell of the last line, as of files that come in.
TOTAL = "合计"
AMOUNTS = ("合计(元)", "金额(元)")


class RowsOf(Protocol):
    """Yields the lines of one file."""

    def __call__(self, session: Session, *, day: ToldDay) -> Iterator[ToldRow]:
        """Yield the lines of a day."""


@dataclass(frozen=True)
class MadeFile:
    """One file that was written: lines without heading and control line, their sum, the hash of
    its bytes. Units: fen.
    """

    name: str
    rows: int
    fen: int
    sha256: str


FILES: tuple[tuple[str, tuple[str, ...], RowsOf], ...] = (
    ("plans.csv", PLAN_COLUMNS, plan_rows),
    ("holds.csv", HOLD_COLUMNS, hold_rows),
    ("waivers.csv", WAIVER_COLUMNS, waiver_rows),
    ("exits_forbidden.csv", EXIT_COLUMNS, exit_rows),
    ("repayments_posted.csv", PAYMENT_COLUMNS, payment_rows),
    ("contacts.csv", CONTACT_COLUMNS, contact_rows),
)


def write_files(
    session: Session, *, storage: Storage, folder: str, day: ToldDay, encoding: str
) -> tuple[MadeFile, ...]:
    """Write the six files of a day into a folder of a storage; the session is one view.

    Raises: GatewayDown.
    Source: ADR 0087.
    """
    return tuple(
        _written(storage, folder + name, columns, encoding, rows(session, day=day))
        for name, columns, rows in FILES
    )


def _written(
    storage: Storage,
    name: str,
    columns: tuple[str, ...],
    encoding: str,
    rows: Iterator[ToldRow],
) -> MadeFile:
    count = total = 0
    with storage.writing(name) as file:
        told = _Hashed(file, encoding)
        # Exactly what is on record and nothing made safe for a spreadsheet: a machine reads it.
        writer = csv.writer(told, lineterminator="\r\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow(row.cells)
            count, total = count + 1, total + row.fen
        writer.writerow(_control(columns, count, total))
    return MadeFile(name.rpartition("/")[2], count, total, told.sha256)


def _control(columns: tuple[str, ...], count: int, total: int) -> list[str]:
    cells = [told_yuan(total) if one in AMOUNTS else "" for one in columns]
    return [TOTAL, f"{count} 行", *cells[2:]]


class _Hashed:
    """Takes lines of text, passes their bytes on and hashes them."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file, self._encoding, self._digest = file, encoding, hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def write(self, text: str) -> int:
        data = text.encode(self._encoding)
        self._digest.update(data)
        return self._file.write(data)
