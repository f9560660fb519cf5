"""The rows of one real case as text for COPY, with what differs from case to case left open."""

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Table

from app.domain.calendar import add_months

OPEN, CLOSE = "\x01", "\x02"
_HOLES = re.compile(f"{OPEN}([^{CLOSE}]+){CLOSE}")
_DAY = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b(?!\.\d)")
NULL = "\\N"
# A hundred thousand real documents would be 15 GB that no list reads.
DOCUMENT = f"\\\\x{b'-'.hex()}"
MONTH_DAYS = 30
# Days of the plan itself: its text and its parts are moved by whole months.
PLANNED_DAYS = frozenset(
    {("plan_parts", "due_on"), ("due_dates", "due_on"), ("plan_versions", "start_on")}
)
# Not of the case that is copied.
LEFT_OPEN = frozenset(
    {("cases", "owner_staff_id"), ("cases", "owned_at"), ("queue_places", "owner_staff_id")}
)
# Computed of another column.
OF_ITS_ROW = frozenset({"ref_end"})
# What the contract and the nightly file say stays as it is.
FIXED = frozenset({"loans", "loan_snapshots"})


def hole(name: str) -> str:
    """What is filled in anew for each case."""
    return f"{OPEN}{name}{CLOSE}"


class Text:
    """A text with holes, filled as fast as Python can."""

    def __init__(self, text: str) -> None:
        self._pieces = _HOLES.split(text)
        self._names = self._pieces[1::2]

    def filled(self, values: Mapping[str, str]) -> str:
        """The text with every hole filled."""
        pieces = self._pieces
        pieces[1::2] = [values[name] for name in self._names]
        return "".join(pieces)


def escaped(text: str) -> str:
    """A text as COPY reads it."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def canonical(value: Any) -> str:
    """JSON in the form that is hashed."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass
class CaseRows:
    """The stored rows of one case: of each table those that belong to it, and what each loan,
    plan, version and agreement is called in its texts.
    """

    rows: dict[Table, list[Mapping[str, Any]]]
    # (table, id) -> the name of the hole for its id.
    ids: dict[tuple[str, int], str] = field(default_factory=dict)
    # A text that is this case's own -> the hole it becomes; the longest first.
    names: dict[str, str] = field(default_factory=dict)
    # The same texts stand in the stencil of each day.
    _opened: dict[str, str] = field(default_factory=dict)

    def opened(self, text: str) -> str:
        """A text with holes where it names this case."""
        if text not in self._opened:
            found = text
            for own in sorted(self.names, key=len, reverse=True):
                found = found.replace(own, self.names[own])
            self._opened[text] = found
        return self._opened[text]


@dataclass(frozen=True)
class Stencil:
    """One case, some days back, ready to be filled: of each table its lines, and the texts that
    are hashed.
    """

    lines: dict[str, Text]
    hashed: dict[str, Text]


def stencil(case: CaseRows, days: int) -> Stencil:
    """Cut the stencil of a case that began so many days earlier."""
    moved = _Moved(days)
    hashed: dict[str, Text] = {}
    lines = {
        table.name: Text("".join(_line(case, table, row, moved, hashed) + "\n" for row in rows))
        for table, rows in case.rows.items()
    }
    return Stencil(lines, hashed)


@functools.cache
def columns_of(table: Table, ids: bool) -> list[str]:
    """The columns that are copied; ids that nothing refers to are left to the database."""
    return [one.name for one in table.columns if one.name != "id" or ids]


class _Moved:
    def __init__(self, days: int) -> None:
        self.by = timedelta(days=days)
        self.months = days // MONTH_DAYS

    def text(self, text: str) -> str:
        return _moved_text(text, self.months) if self.months else text

    def day(self, day: date) -> date:
        return add_months(day, -self.months)


@functools.lru_cache(maxsize=256)
def _moved_text(text: str, months: int) -> str:
    return _DAY.sub(
        lambda found: add_months(date(*map(int, found.groups())), -months).isoformat(), text
    )


def _line(
    case: CaseRows,
    table: Table,
    row: Mapping[str, Any],
    moved: _Moved,
    hashed: dict[str, Text],
) -> str:
    has_id = (table.name, row.get("id")) in case.ids
    return "\t".join(
        hole(f"{case.ids[table.name, row['id']]}.{name}")
        if name in OF_ITS_ROW
        else _cell(case, table, name, row[name], moved, hashed)
        for name in columns_of(table, ids=has_id)
    )


def _cell(
    case: CaseRows, table: Table, name: str, value: Any, moved: _Moved, hashed: dict[str, Text]
) -> str:
    if (table.name, name) in LEFT_OPEN:
        return hole(name)
    if value is None:
        return NULL
    target = _target(table, name)
    if target and (target, value) in case.ids:
        return hole(case.ids[target, value])
    if (table.name, name) in (("plan_versions", "terms"), ("agreements", "text")):
        text = case.opened(moved.text(canonical(value)))
        hashed[name] = Text(text)
        return escaped(text)
    if name in ("terms_sha256", "text_sha256", "pdf_sha256"):
        return hole(name)
    if isinstance(value, dict | list):
        return escaped(case.opened(json.dumps(value, ensure_ascii=False)))
    return _plain(case, table, name, value, moved)


def _plain(case: CaseRows, table: Table, name: str, value: Any, moved: _Moved) -> str:
    if name == "pdf":
        return DOCUMENT
    if isinstance(value, bytes):
        return hole(f"{table.name}.{name}") if name.endswith("_enc") else f"\\\\x{value.hex()}"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime):
        return (value - moved.by).astimezone(UTC).isoformat()
    if isinstance(value, date):
        if table.name in FIXED:
            return value.isoformat()
        is_planned = (table.name, name) in PLANNED_DAYS
        return (moved.day(value) if is_planned else value - moved.by).isoformat()
    if table.name == "borrowers" and name.endswith("_hmac"):
        return hole(f"borrowers.{name}")
    if name in ("check_code", "code_hash"):
        return hole(name)
    if name == "request_key":
        return hole(f"{table.name}.{name}")
    return escaped(case.opened(str(value)))


@functools.cache
def _target(table: Table, name: str) -> str:
    """The table whose id a column holds."""
    if name == "id":
        return table.name
    if (table.name, name) == ("plans", "active_version_id"):
        return "plan_versions"
    if (table.name, name) == ("queue_places", "version_id"):
        return "plan_versions"
    found = [key.column.table.name for key in table.columns[name].foreign_keys]
    return found[0] if found else ""
