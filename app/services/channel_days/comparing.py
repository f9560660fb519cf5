"""A channel's statement of a day beside our payments and refunds. Reads only."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import midnight
from app.models import OrderPayment, Payment, PaymentOrder, PaymentRefund
from app.ports.payments import StatementLine

# Of what is `absent` the channel knows nothing; what is `unasked` we never sent back.
# Values that one statement takes.
PART = 500
DifferenceKind = Literal["sum", "absent", "unasked"]


@dataclass(frozen=True)
class DayDifference:
    """Something of a day that a person has to look at. Units: fen; 0 where there is none."""

    kind: DifferenceKind
    ref: str
    theirs_fen: int
    ours_fen: int


def orders_of_ours(
    session: Session, *, provider: str, lines: Sequence[StatementLine]
) -> frozenset[str]:
    """Return which order numbers of a statement are of ours: a merchant may collect for others."""
    found: set[str] = set()
    for numbers in _parts({one.order_number for one in lines}):
        mine = select(PaymentOrder.number).where(
            PaymentOrder.provider == provider, PaymentOrder.number.in_(numbers)
        )
        found.update(session.scalars(mine))
    return frozenset(found)


def sums_held(session: Session, *, channel: str, lines: Sequence[StatementLine]) -> dict[str, int]:
    """Return the fen of our payments by the channel's number, of those a statement names."""
    found: dict[str, int] = {}
    for refs in _parts({one.channel_ref for one in lines if one.kind == "payment"}):
        mine = select(Payment.channel_ref, Payment.fen).where(
            Payment.channel == channel, Payment.channel_ref.in_(refs)
        )
        found.update((ref, fen) for ref, fen in session.execute(mine))
    return found


def differences_of(
    session: Session, *, channel: str, day: date, lines: Sequence[StatementLine]
) -> tuple[DayDifference, ...]:
    """Return where a statement, less what is not ours, and our books part."""
    paid = {one.channel_ref: one.fen for one in lines if one.kind == "payment"}
    back = {one.refund_number: one.fen for one in lines if one.kind == "refund"}
    held = sums_held(session, channel=channel, lines=lines)
    return (
        *(
            DayDifference("sum", ref, paid[ref], fen)
            for ref, fen in held.items()
            if paid[ref] != fen
        ),
        *_absent(session, channel, day, frozenset(paid)),
        *_refunds(session, back),
    )


def _absent(
    session: Session, channel: str, day: date, there: frozenset[str]
) -> Iterator[DayDifference]:
    mine = (
        select(Payment.channel_ref, Payment.fen)
        .join(OrderPayment, OrderPayment.payment_id == Payment.id)
        .where(
            Payment.channel == channel,
            OrderPayment.paid_at >= midnight(day),
            OrderPayment.paid_at < midnight(day + timedelta(days=1)),
        )
        .order_by(Payment.id)
    )
    for ref, fen in session.execute(mine):
        if ref not in there:
            yield DayDifference("absent", ref, 0, fen)


def _refunds(session: Session, back: dict[str, int]) -> Iterator[DayDifference]:
    asked: dict[str, int] = {}
    for numbers in _parts(set(back)):
        mine = select(PaymentRefund.number, PaymentRefund.fen)
        asked.update(
            (n, f) for n, f in session.execute(mine.where(PaymentRefund.number.in_(numbers)))
        )
    for number, fen in back.items():
        if number not in asked:
            yield DayDifference("unasked", number, fen, 0)
        elif asked[number] != fen:
            yield DayDifference("sum", number, fen, asked[number])


def _parts(values: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(sorted(values))
    while part := list(islice(rest, PART)):
        yield part
