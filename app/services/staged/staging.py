"""Judged rows on their way into the tables: a private file that vanishes with the process, never
memory.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, NamedTuple

from app.models.borrower import SEALED
from app.models.loan import LOAN_TERMS
from app.models.nightly import LOAN_FIGURES

# The order of the columns is that of the tuples added below; both are changed together.
PEOPLE = (
    "customer_no",
    "public_id",
    "is_new",
    # A field that differs from what is stored; of a new person none is.
    "name_changed",
    "mobile_changed",
    "is_contested",
    "line",
    *SEALED,
)
ROWS = ("ref", "public_id", "id_hmac", *LOAN_TERMS, "line", *LOAN_FIGURES, "key_version")
FAULTS = ("line", "ref", "field", "code", "message")
# Which ID stands behind a customer number, and what else than the first row others say of a person.
NUMBERS = ("customer_no", "id_hmac", "line")
VARIANTS = ("id_hmac", "field", "value_enc", "value_hmac", "last4_hmac", "line")
CONTESTED = ("id_hmac", "field", "value_enc", "value_hmac", "last4_hmac")
KEYS = {
    "people": "id_hmac",
    "book_rows": "ref",
    "faults": "line",
    "numbers": "customer_no",
    "variants": "",
    "contested": "",
}
TABLES = {
    "people": PEOPLE,
    "book_rows": ROWS,
    "faults": FAULTS,
    "numbers": NUMBERS,
    "variants": VARIANTS,
    "contested": CONTESTED,
}
# Bounds the memory whatever the size of the file; the rest goes to disk.
CACHE_KIB = 64 * 1024


class FirstSaid(NamedTuple):
    """A person as the first row had them: keyed hashes."""

    public_id: str
    name_hmac: str
    mobile_hmac: str


class StagingArea:
    """Good rows by loan number, people by ID, faults by line."""

    def __init__(self) -> None:
        # an unnamed file on disk, gone when closed
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        # Nothing here has to survive anything: a journal would only double the writing.
        self._file.execute("PRAGMA journal_mode = OFF")

        for table, columns in TABLES.items():
            typed = ", ".join(
                f"{name} PRIMARY KEY" if name == KEYS[table] else name for name in columns
            )
            self._file.execute(f"CREATE TABLE {table} ({typed})")

        self._adding = {table: _insert(table, len(columns)) for table, columns in TABLES.items()}
        # One transaction for all rows, never committed: one a row would be many times slower.
        self._file.execute("BEGIN")

    def __enter__(self) -> "StagingArea":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, table: str, values: Sequence[Any]) -> None:
        """Add one row, its values in the order of the table's columns."""
        self._file.execute(self._adding[table], values)

    def add_all(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Add rows as `add` does."""
        self._file.executemany(self._adding[table], rows)

    def refs_among(self, refs: Collection[str]) -> set[str]:
        """Return which of these loan numbers a good row had."""
        return {ref for (ref,) in self._among("SELECT ref FROM book_rows WHERE ref", refs)}

    def numbers_among(self, numbers: Collection[str]) -> dict[str, str]:
        """Return the ID's keyed hash behind each of these customer numbers that good rows had."""
        query = "SELECT customer_no, id_hmac FROM numbers WHERE customer_no"
        return dict(self._among(query, numbers))

    def people_among(self, id_hmacs: Collection[str]) -> dict[str, FirstSaid]:
        """Return what the first row said of each of these people that was added."""
        query = "SELECT id_hmac, public_id, name_hmac, mobile_hmac FROM people WHERE id_hmac"
        return {key: FirstSaid(*said) for key, *said in self._among(query, id_hmacs)}

    def _among(self, query: str, keys: Collection[str]) -> Iterator[tuple[Any, ...]]:
        # JSON keeps every character apart, also half a one and NUL.
        asked = json.dumps(list(keys))
        ours = f"{query} IN (SELECT value FROM json_each(?))"  # noqa: S608 # nosec B608 - ours
        return iter(self._file.execute(ours, (asked,)))

    def person(self, id_hmac: str) -> dict[str, Any] | None:
        """Return a person already added, by the columns of people."""
        found = self._file.execute("SELECT * FROM people WHERE id_hmac = ?", (id_hmac,)).fetchone()
        return None if found is None else dict(zip(PEOPLE, found, strict=True))

    def change_person(self, id_hmac: str, **values: Any) -> None:
        """Write other values of a person."""
        names = ", ".join(f"{name} = ?" for name in values)
        ours = f"UPDATE people SET {names} WHERE id_hmac = ?"  # noqa: S608 # nosec B608 - ours
        self._file.execute(ours, (*values.values(), id_hmac))

    def variants(self) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
        """Yield person, field and the other values that rows have for it, each once."""
        keys = self._file.execute("SELECT DISTINCT id_hmac, field FROM variants").fetchall()
        for id_hmac, field in keys:
            rows = self._file.execute(
                "SELECT * FROM variants WHERE id_hmac = ? AND field = ? ORDER BY line",
                (id_hmac, field),
            )
            yield id_hmac, field, [dict(zip(VARIANTS, row, strict=True)) for row in rows]

    def has_variant(self, id_hmac: str, field: str, value_hmac: str) -> bool:
        """Tell whether another row said this of the person before."""
        query = "SELECT 1 FROM variants WHERE id_hmac = ? AND field = ? AND value_hmac = ?"
        return self._file.execute(query, (id_hmac, field, value_hmac)).fetchone() is not None

    def shared_ids(self) -> Iterator[list[tuple[str, int]]]:
        """Yield the customer numbers of each person who has several, with a line of each."""
        query = "SELECT id_hmac FROM numbers GROUP BY id_hmac HAVING count(*) > 1"
        for (id_hmac,) in self._file.execute(query).fetchall():
            yield self._file.execute(
                "SELECT customer_no, line FROM numbers WHERE id_hmac = ? ORDER BY line", (id_hmac,)
            ).fetchall()

    def each(self, table: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a table in the order they were added."""
        ours = f"SELECT * FROM {table} ORDER BY rowid"  # noqa: S608 # nosec B608 - our own names
        return iter(self._file.execute(ours))

    def different(self) -> Iterator[tuple[int, str, str]]:
        """Yield line, loan number and differences of the rows whose amounts are not ours."""
        query = (
            "SELECT line, ref, differences FROM book_rows WHERE differences <> '{}' ORDER BY line"
        )
        return iter(self._file.execute(query))

    def refused_refs(self) -> Iterator[tuple[str]]:
        """Yield the numbers of loans that refused rows name, each once."""
        return iter(self._file.execute("SELECT DISTINCT ref FROM faults WHERE ref <> ''"))

    def differing(self, columns: Sequence[str], limit: int) -> list[tuple[Any, ...]]:
        """Return columns of the first rows that are not ours, by line."""
        names = ", ".join(columns)
        ours = f"SELECT {names} FROM book_rows WHERE difference"  # noqa: S608 # nosec B608 - ours
        return self._file.execute(f"{ours} ORDER BY line LIMIT ?", (limit,)).fetchall()

    def days_past_due(self) -> list[tuple[int, int]]:
        """Return how many good rows are how many days past due."""
        query = "SELECT days_past_due, count(*) FROM book_rows GROUP BY days_past_due"
        return self._file.execute(query).fetchall()


def _insert(table: str, columns: int) -> str:
    places = ", ".join("?" * columns)
    return f"INSERT INTO {table} VALUES ({places})"  # noqa: S608 # nosec B608 - our own names
