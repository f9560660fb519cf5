"""What the house's accounts come to, channel by channel, and the way of one payment through the
books. Reads only.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from app.domain.ledger.entries import HOUSE_CREDIT_SIDE
from app.models import HouseMove, Payment

# Why money that was nobody's yet and was taken back goes nowhere.
GONE_AGAIN = "reversed"


@dataclass(frozen=True)
class HouseBalance:
    """What an account of the house comes to at one channel.

    Units: fen, on the side on which the account stands by nature.
    """

    channel: str
    account: str
    fen: int


@dataclass(frozen=True)
class MoveRow:
    """One move of a payment. Units: fen."""

    cause: str
    debit: str
    credit: str
    fen: int
    value_on: date
    posted_at: datetime


def is_reversal() -> ColumnElement[bool]:
    """Tell whether a payment takes money away, as part of a query."""
    return or_(Payment.reverses_ref != "", Payment.reverses_id.is_not(None))


def house_balances(
    session: Session, *, day: date | None = None, known_at: datetime | None = None
) -> tuple[HouseBalance, ...]:
    """Return what lies at each channel, with nobody, to be returned, and what went to plans and to
    loans of the core; zero is left out. One query.

    Units:  fen. Of a `day` what counts up to its end, of `known_at` what was posted by then.
    Source: rules part 1, the ledger; ADR 0085.
    """
    sides = [
        select(
            HouseMove.channel.label("channel"),
            side.label("account"),
            (literal(sign) * HouseMove.fen).label("fen"),
        ).where(*_counting(day, known_at))
        for side, sign in ((HouseMove.debit, 1), (HouseMove.credit, -1))
    ]
    both = union_all(*sides).subquery()
    query = (
        select(both.c.channel, both.c.account, func.sum(both.c.fen))
        .group_by(both.c.channel, both.c.account)
        .having(func.sum(both.c.fen) != 0)
        .order_by(both.c.channel, both.c.account)
    )
    return tuple(
        HouseBalance(channel, account, -int(fen) if account in HOUSE_CREDIT_SIDE else int(fen))
        for channel, account, fen in session.execute(query)
    )


def moves_of(session: Session, *, correlation_id: str) -> tuple[MoveRow, ...]:
    """Return the moves of a payment or a refund by its public id, in the order they were posted.

    Units: fen.
    """
    query = select(HouseMove).where(HouseMove.correlation_id == correlation_id)
    return tuple(
        MoveRow(one.cause, one.debit, one.credit, one.fen, one.value_on, one.posted_at)
        for one in session.scalars(query.order_by(HouseMove.id))
    )


def _counting(day: date | None, known_at: datetime | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if day is not None:
        found.append(HouseMove.value_on <= day)
    if known_at is not None:
        found.append(HouseMove.posted_at <= known_at)
    return found
