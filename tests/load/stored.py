"""What nightly files have left in the tables: a digest that does not depend on ids, and the file's
own rows read once more beside it.
"""

import csv
import hashlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from app.domain.nightly_row import COLUMNS, INTEREST, LEFT, PRODUCT, REF
from app.models import Base, Borrower, Loan, LoanSnapshot, NightlyFile

NAMES = (
    "borrowers",
    "loans",
    "loan_snapshots",
    "contested_values",
    "nightly_faults",
    "nightly_file_parts",
    "nightly_files",
)
# Drawn or told anew by each attempt; what is sealed has a keyed hash beside it.
BY_CHANCE = ("id", "public_id", "received_at")
# Written by a proposal that goes on beside the file.
OF_OTHERS = ("disputed",)


def digests(session: Session) -> dict[str, str]:
    """Return a hash of all rows of each table that a nightly file writes."""
    session.rollback()
    names = {
        "loan_id": dict(session.execute(select(Loan.id, Loan.ref)).all()),
        "borrower_id": dict(session.execute(select(Borrower.id, Borrower.id_hmac)).all()),
        "file_id": dict(
            session.execute(select(NightlyFile.id, NightlyFile.sha256 + NightlyFile.state)).all()
        ),
    }
    befores = [one for one in Base.metadata.tables if one.endswith("_befores")]
    found = {
        one: _digest(session, Base.metadata.tables[one], names)
        for one in (*NAMES, *sorted(befores))
    }
    session.rollback()
    return found


def _digest(session: Session, table: Table, names: dict[str, dict[int, str]]) -> str:
    columns = [
        one
        for one in table.columns
        if one.key not in (*BY_CHANCE, *OF_OTHERS) and not one.key.endswith("_enc")
    ]
    lines = sorted(
        repr(
            [
                names[one.key].get(value, value) if one.key in names else value
                for one, value in zip(columns, row, strict=True)
            ]
        )
        for row in session.execute(select(*columns))
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Return the tables that are not the same."""
    return [name for name in one if one[name] != other[name]]


def file_wrongly(session: Session, path: Path, rejected: set[int]) -> list[str]:
    """Return what stands in a file and is not stored to the fen, read without our reader."""
    told = dict(_told(path, rejected))
    days = select(NightlyFile.as_of_on).where(NightlyFile.state == "applied")
    day = max(session.scalars(days))
    query = select(Loan.ref, Loan.product, LoanSnapshot.left_fen, LoanSnapshot.interest_fen)
    query = query.join(LoanSnapshot, LoanSnapshot.loan_id == Loan.id)
    kept = {ref: tuple(rest) for ref, *rest in session.execute(query.where(_of(day)))}
    session.rollback()
    print(f"{len(told)} rows of the file held against {len(kept)} stored", flush=True)
    wrong = [
        f"{one}: {told.get(one)} is {kept.get(one)}" for one in told if told[one] != kept.get(one)
    ]
    return wrong + [f"{one} is in no row" for one in kept.keys() - told.keys()]


def _of(day):
    return LoanSnapshot.as_of_on == day


def _told(path: Path, rejected: set[int]) -> Iterator[tuple[str, tuple[str, int, int]]]:
    with path.open(encoding="gb18030", newline="") as text:
        rows = csv.reader(text)
        next(rows)
        for line, row in enumerate(rows, 2):
            if line not in rejected:
                cells = dict(zip(COLUMNS, (one.strip(" \t'") for one in row), strict=True))
                amounts = (_fen(cells[LEFT]), _fen(cells[INTEREST]))
                yield cells[REF], (cells[PRODUCT], *amounts)


def _fen(text: str) -> int:
    return int(Decimal(text.replace(",", "") or "0") * 100)
