"""Whether what falls due by day is what its plans come to. Reads only."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import DuesDay, DuesLine
from app.models.finance import DUES_SUMMED


def untrue_dues(session: Session) -> Iterator[str]:
    """I20: what falls due by day and product is what the lines of its plans come to.

    Source: quality, I20.
    """
    sums = [func.sum(getattr(DuesLine, name)) for name in DUES_SUMMED]
    lines = select(DuesLine.due_on, DuesLine.product, *sums).group_by(
        DuesLine.due_on, DuesLine.product
    )
    true = {row[:2]: tuple(map(int, row[2:])) for row in map(tuple, session.execute(lines))}
    kept = select(DuesDay.due_on, DuesDay.product, *(getattr(DuesDay, n) for n in DUES_SUMMED))
    found = {row[:2]: row[2:] for row in map(tuple, session.execute(kept)) if any(row[2:])}
    for key in sorted(true.keys() | found.keys()):
        if true.get(key) != found.get(key):
            yield f"dues: {key[0]} is not what its plans come to"
