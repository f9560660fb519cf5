"""Whether months are still what they were when two people closed them. Reads only."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import add_months
from app.models import MonthClose
from app.services.closing.figures import balances_after, content_of, month_told


def moved_months(session: Session, *, night: date | None = None) -> Iterator[str]:
    """I30: what was posted in a month that is frozen or closed still has its hash, its report too;
    months follow each other, and the balances of the latest are what its entries come to. With a
    `night` the latest month is read and one of the others in turn.

    Source: rules part 1, the ledger.
    """
    rows = session.scalars(select(MonthClose).order_by(MonthClose.month_on)).all()
    for before, one in pairwise(rows):
        if one.month_on != add_months(before.month_on, 1):
            yield f"{_said(one)}: the month before is not closed"
    for one in rows:
        if hashlib.sha256(one.report.encode()).hexdigest() != one.report_sha256:
            yield f"{_said(one)}: the report is not the one that was kept"
    for one in _turn(rows, night):
        if content_of(session, month=one.month_on) != (one.journals, one.moves, one.content_sha256):
            yield f"{_said(one)}: what was posted in it is not what was hashed"
    if rows:
        told = month_told(session, month=rows[-1].month_on, before=None)
        if balances_after(told) != rows[-1].balances:
            yield f"{_said(rows[-1])}: its balances are not what entries come to"


def _turn(rows: Sequence[MonthClose], night: date | None) -> list[MonthClose]:
    if night is None or len(rows) < 2:
        return list(rows)
    return [rows[-1], rows[night.toordinal() % (len(rows) - 1)]]


def _said(one: MonthClose) -> str:
    return one.month_on.isoformat()[:7]
