"""Differences that were appended to the same cell become one row, so that lists go on adding up
few.
"""

from typing import Any

from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.orm import Session

from app.models import QueueCount, RegisterSum
from app.models.counted import COUNTED, FILTERED, SUMMED
from app.services.core.transaction import is_postgresql, transaction

# Of one cell: fewer are added up as fast as they are folded.
FOLDED_FROM = 8
Table = type[RegisterSum] | type[QueueCount]
CELLS: tuple[tuple[Table, tuple[str, ...], tuple[str, ...]], ...] = (
    (RegisterSum, ("due_month", *FILTERED), ("count", *SUMMED)),
    (QueueCount, COUNTED, ("count",)),
)


def fold_differences(session: Session) -> None:
    """Fold what was appended to the counters; what they come to stays the same at every instant.

    Idempotent on: the rows; of two at once each folds what it took away itself.
    """
    for table, cell, amounts in CELLS:
        with transaction(session):
            _fold(session, table, cell, amounts)


def _fold(session: Session, table: Table, cell: tuple[str, ...], amounts: tuple[str, ...]) -> None:
    of_cell = func.count().over(partition_by=[getattr(table, one) for one in cell])
    counted = select(table.id, of_cell.label("rows")).subquery()
    many = select(counted.c.id).where(counted.c.rows >= FOLDED_FROM)
    if is_postgresql(session):
        # One statement: no reader sees the time between.
        gone = delete(table).where(table.id.in_(many)).returning(table).cte("gone")
        session.execute(insert(table).from_select([*cell, *amounts], _sums(gone.c, cell, amounts)))
        return
    # SQLite has one writer, and readers see what was committed.
    rows = select(table).where(table.id.in_(many)).subquery()
    sums = session.execute(_sums(rows.c, cell, amounts)).mappings().all()
    session.execute(delete(table).where(table.id.in_(many)))
    if sums:
        session.execute(insert(table), [dict(one) for one in sums])


def _sums(columns: Any, cell: tuple[str, ...], amounts: tuple[str, ...]) -> Any:
    summed = [func.sum(columns[one]).label(one) for one in amounts]
    query = select(*(columns[one] for one in cell), *summed)
    query = query.group_by(*(columns[one] for one in cell))
    return query.having(or_(*(func.sum(columns[one]) != 0 for one in amounts)))
