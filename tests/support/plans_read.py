"""How many rows of the large tables the statements of an act look at, by PostgreSQL's own plans."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event

# A table of so many rows stands for one that grows with the lender.
LARGE_ROWS = 1_000
# What a page or one turn of a job may look at of it, however large it is.
MOST_ROWS = 700
# Cells of days, however many agreements are counted in them.
FOLDED = frozenset({"register_sums", "queue_counts"})
COUNTED = "Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck"


@dataclass(frozen=True)
class Reading:
    """One look at a large table by one statement."""

    table: str
    how: str
    rows: int
    statement: str

    def __str__(self) -> str:
        return f"{self.how} of {self.rows} rows of {self.table}: {self.statement[:600]}"


class Reader:
    """Explains what is asked of an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        with engine.connect() as connection:
            found = connection.exec_driver_sql(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= %s",
                (LARGE_ROWS,),
            )
            self.large = frozenset(found.scalars()) - FOLDED

    def faults(self, act: Callable[[], object]) -> list[Reading]:
        """Do it, then tell which statements read a large table as a whole, or too much of it."""
        asked: dict[str, Any] = {}

        def note(_connection, _cursor, statement, parameters, _context, many):
            if not many and statement.lstrip("(").upper().startswith(("SELECT", "WITH")):
                asked.setdefault(statement, parameters)

        event.listen(self._engine, "before_cursor_execute", note)
        try:
            act()
        finally:
            event.remove(self._engine, "before_cursor_execute", note)
        return [one for each in asked.items() for one in self._judged(*each)]

    def _judged(self, statement: str, parameters: Any) -> Iterator[Reading]:
        with self._engine.connect() as connection:
            # A few thousand rows are read at once as fast as by an index: it is for a hundred
            # times as many that there has to be one.
            for way in ("seqscan", "hashjoin", "mergejoin"):
                connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
            explained = connection.exec_driver_sql(
                f"EXPLAIN (ANALYZE, TIMING off, FORMAT JSON) {statement}", parameters
            ).scalar_one()
            connection.rollback()
        plan = explained if isinstance(explained, list) else json.loads(explained)
        for node in _nodes(plan[0]["Plan"]):
            table = node.get("Relation Name")
            rows = int(sum(node.get(one, 0) for one in COUNTED) * node.get("Actual Loops", 1))
            is_whole = node["Node Type"] == "Seq Scan" and node.get("Actual Loops", 1)
            if table in self.large and (is_whole or rows > MOST_ROWS):
                yield Reading(table, node["Node Type"], rows, " ".join(statement.split()))


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for one in plan.get("Plans", ()):
        yield from _nodes(one)
