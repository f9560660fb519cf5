"""Multiplies real cases by COPY until the database is of a lender's size.

The audit trail tells of none of it, and documents are a line of text; everything else is as if the
services had written it.
"""

import contextlib
import hashlib
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import psycopg
from sqlalchemy import Engine, make_url
from sqlalchemy.orm import Session

from app.domain.states import OURS
from app.models import Base
from app.models.base import new_public_id
from app.models.counted import COUNTED, FILTERED, SUMMED
from app.models.loan import REF_END_CHARS
from tests.bench.made import cases
from tests.bench.made.stencils import NULL, CaseRows, Stencil, columns_of, stencil

BATCH = 1_000
COMMITTED_EACH = 20
YEAR_DAYS, WAIT_DAYS = 360, 16
INDEX_MEMORY = "512MB"
OWNERS = 40
OWNED_ONE_IN = 3
OWNED_AT = "2026-11-22T02:00:00+00:00"
NAMES = "赵钱孙李周吴郑王冯陈", "一二三四五六七八九十", "安平和顺康宁福禄寿喜"


@dataclass(frozen=True)
class Size:
    """How many agreements, how many cases that wait, how many people without a plan."""

    agreements: int
    waiting: int
    others: int = 0


def build(engine: Engine, session: Session, gateways: Any, site: Any, size: Size) -> None:
    """Fill a migrated PostgreSQL database."""
    signed = list(cases.signed_cases(session, gateways, site))
    waiting = list(cases.waiting_cases(session, gateways, site))
    others = list(cases.plain_cases(session, gateways))
    owners = cases.owners(session, OWNERS)
    session.rollback()
    url = make_url(engine.url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        # Every row is a copy of one that the triggers let through: they would look at each again.
        connection.execute("SET session_replication_role = replica")
        book = _Book(connection, gateways.vault, owners)
        tables = {one.name for case in (*signed, *waiting, *others) for one in case.rows}
        with _indexed_afterwards(connection, tables):
            book.multiply(signed, size.agreements, YEAR_DAYS)
            book.multiply(waiting, size.waiting, WAIT_DAYS)
            book.multiply(others, size.others, 1)
        book.close()
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as plain:
        # As a database is that has stood for a day: what is seen by all is marked so.
        plain.execute("VACUUM (ANALYZE)")


@contextlib.contextmanager
def _indexed_afterwards(connection: psycopg.Connection, tables: Iterable[str]) -> Iterator[None]:
    """Write no index of some tables within the block, and make each of them once at its end: row
    by row they are written at random, which takes hours where they outgrow the memory.
    """
    names = sorted(tables)
    connection.execute(
        "UPDATE pg_index SET indisready = false, indisvalid = false "
        "WHERE indrelid = ANY(%s::regclass[])",
        (names,),
    )
    connection.commit()
    yield
    connection.execute(f"SET maintenance_work_mem = '{INDEX_MEMORY}'")
    for name in names:
        # Makes them valid again, and finds what should be once and is twice.
        connection.execute(f"REINDEX TABLE {name}")
        connection.commit()


class _Book:
    def __init__(self, connection: psycopg.Connection, vault: Any, owners: list[int]) -> None:
        self._connection, self._vault, self._owners = connection, vault, owners
        self._next = {name: self._highest(name) for name in cases.OWN}
        self._number = 10_000_000
        self._chance = random.Random(20261123)

    def _highest(self, table: str) -> int:
        found = self._connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()
        return int(found[0]) if found else 0

    def multiply(self, templates: list[CaseRows], count: int, days: int) -> None:
        """Copy so many cases, of each template in turn, spread over the days before now."""
        cut: dict[tuple[int, int], Stencil] = {}
        for batch, first in enumerate(range(0, count, BATCH), 1):
            made: dict[int, list[dict[str, str]]] = {}
            for number in range(first, min(first + BATCH, count)):
                which = number % len(templates)
                # The oldest first, as a book grows.
                back = (count - 1 - number) * days // max(count, 1)
                key = which, back
                if key not in cut:
                    cut[key] = stencil(templates[which], back)
                filled = _Filled(self, templates[which], cut[key]).lines
                made.setdefault(which, []).append(filled)
            for which, filled_cases in made.items():
                self._copy(templates[which], filled_cases)
            if not batch % COMMITTED_EACH:
                self._connection.commit()

    def _copy(self, case: CaseRows, made: list[dict[str, str]]) -> None:
        for table, rows in case.rows.items():
            names = columns_of(table, ids=(table.name, rows[0].get("id")) in case.ids)
            columns = ", ".join(f'"{one}"' for one in names)
            with (
                self._connection.cursor() as cursor,
                cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy,
            ):
                copy.write("".join(one[table.name] for one in made))

    def close(self) -> None:
        """Let new rows be numbered after the last one."""
        for table in Base.metadata.sorted_tables:
            if "id" in table.columns and table.name in self._next:
                self._connection.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)",
                    (table.name, self._next[table.name] + 1),
                )
        self._count()
        # Who decided a year ago had the role then.
        self._connection.execute(
            "UPDATE staff_roles SET from_at = from_at - interval '2 years' "
            "WHERE staff_id = ANY(SELECT staff_id FROM decisions)"
        )
        self._connection.commit()

    def _count(self) -> None:
        """What triggers would have appended case by case, at one stroke."""
        self._connection.execute("TRUNCATE register_sums, queue_counts")
        cell, sums = ", ".join(FILTERED), ", ".join(f"sum({one})" for one in SUMMED)
        months = (
            "SELECT agreement_id, NULL::date AS due_month FROM agreement_sums UNION ALL "
            "SELECT DISTINCT agreement_id, date_trunc('month', due_on)::date FROM due_dates"
        )
        self._connection.execute(
            f"INSERT INTO register_sums (due_month, {cell}, count, {', '.join(SUMMED)}) "
            f"SELECT due_month, {cell}, count(*), {sums} FROM agreement_sums "
            f"JOIN ({months}) m USING (agreement_id) GROUP BY due_month, {cell}"
        )
        cell = ", ".join(COUNTED)
        self._connection.execute(
            f"INSERT INTO queue_counts (count, {cell}) "
            f"SELECT count(*), {cell} FROM queue_places GROUP BY {cell}"
        )

    def next_id(self, table: str) -> int:
        self._next[table] += 1
        return self._next[table]

    def next_number(self) -> int:
        self._number += 1
        return self._number

    def owner(self) -> int | None:
        """Somebody owns one in a few."""
        return (
            self._chance.choice(self._owners) if not self._chance.randrange(OWNED_ONE_IN) else None
        )

    def person(self) -> tuple[str, str, str]:
        """A made-up name, mobile and identity number."""
        name = "".join(self._chance.choice(one) for one in NAMES)
        mobile = f"190{self._chance.randrange(10**8):08d}"
        return name, mobile, f"9901011{self._chance.randrange(10**11):011d}"

    def sealed(self, public_id: str) -> Iterator[tuple[str, str]]:
        """What is sealed of a person, and the keyed hashes beside it."""
        name, mobile, identity = self.person()
        vault = self._vault
        for column, text in (("name", name), ("mobile", mobile), ("id", identity)):
            sealed = vault.seal(text, table="borrowers", row=public_id, column=column)
            yield f"borrowers.{column}_enc", f"\\\\x{sealed.hex()}"
            yield f"borrowers.{column}_hmac", vault.fingerprint(text, purpose=column)
        for column, text in (("mobile_last4", mobile), ("id_last4", identity)):
            yield f"borrowers.{column}_hmac", vault.fingerprint(text[-4:], purpose=column)


@dataclass(frozen=True)
class _Filled:
    """One case on its way into the database."""

    book: _Book
    case: CaseRows
    cut: Stencil

    @cached_property
    def lines(self) -> dict[str, str]:
        """The lines of each table."""
        values = self._values()
        for name, text in self.cut.hashed.items():
            found = hashlib.sha256(text.filled(values).encode()).hexdigest()
            values[f"{name}_sha256"] = found
        return {table: text.filled(values) for table, text in self.cut.lines.items()}

    @property
    def is_ours(self) -> bool:
        """Whether it waits for us."""
        rows = next((rows for one, rows in self.case.rows.items() if one.name == "cases"), [])
        return any(row["waits_for"] in OURS for row in rows)

    def _values(self) -> dict[str, str]:
        number = self.book.next_number()
        values: dict[str, str] = {"pdf_sha256": hashlib.sha256(b"-").hexdigest()}
        for table, count in cases.holes(self.case).items():
            for place in range(count):
                values[f"{table}.{place}"] = str(self.book.next_id(table))
                values[f"{table}.{place}.public_id"] = new_public_id()
        for place in range(count_of(self.case, "loans")):
            ref = f"JJ{number:010d}{place}"
            values[f"loans.{place}.ref"] = ref
            values[f"loans.{place}.ref_end"] = ref[-REF_END_CHARS:]
            values[f"loans.{place}.contract_no"] = f"HT{number:010d}{place}"
        values["plans.0.number"] = f"AH-{number:08d}"
        values["borrowers.0.customer_no"] = f"C{number:010d}"
        owner = self.book.owner() if self.is_ours else None
        values["owner_staff_id"] = str(owner or NULL)
        values["owned_at"] = OWNED_AT if owner else NULL
        values["check_code"] = new_public_id()
        values["code_hash"] = f"{number:064x}"
        values["decisions.request_key"] = new_public_id()
        values |= self.book.sealed(values["borrowers.0.public_id"])
        return values


def count_of(case: CaseRows, table: str) -> int:
    """How many rows of a table a case has."""
    return cases.holes(case).get(table, 0)
