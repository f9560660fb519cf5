"""Whether the house's accounts are what payments, matches and refunds come to, read anew. Reads
only.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from app.models import HouseMove, Match, Payment, Refund
from app.services.ledger.house_queries import GONE_AGAIN, is_reversal

PER_PAYMENT = ("unmatched", "refund_payable", "bank", "transfer_out")


def untrue_house(session: Session) -> Iterator[str]:
    """I29: what lies at a channel is its payments less what was refunded there; what lies with
    nobody is the list of money nobody claimed; what is to be returned, what plans and loans were
    given is what is on record of each payment.

    Source: rules part 1, the ledger; ADR 0085.
    """
    yield from _channels(session)
    yield from _payments(session)


def _signed(fen: Any) -> ColumnElement[int]:
    return case((is_reversal(), -fen), else_=fen)


def _channels(session: Session) -> Iterator[str]:
    stood = case((HouseMove.debit == "clearing", HouseMove.fen), else_=-HouseMove.fen)
    moves = (
        select(HouseMove.channel.label("channel"), func.sum(stood).label("fen"))
        .where(or_(HouseMove.debit == "clearing", HouseMove.credit == "clearing"))
        .group_by(HouseMove.channel)
    )
    came = select(
        Payment.channel.label("channel"), func.sum(-_signed(Payment.fen)).label("fen")
    ).group_by(Payment.channel)
    gone = (
        select(Refund.channel.label("channel"), func.sum(Refund.fen).label("fen"))
        .where(Refund.state == "paid")
        .group_by(Refund.channel)
    )
    both = union_all(moves, came, gone).subquery()
    query = select(both.c.channel, func.sum(both.c.fen)).group_by(both.c.channel)
    for channel, fen in session.execute(query.having(func.sum(both.c.fen) != 0)):
        yield f"{channel}: {int(fen)} fen lie there by the ledger that no payment tells of"


def _payments(session: Session) -> Iterator[str]:
    """What stands of each payment on each account, against what its facts say."""
    facts = union_all(*_moved(), *_told()).subquery()
    query = (
        select(Payment.channel, Payment.channel_ref, facts.c.account, func.sum(facts.c.fen))
        .join(Payment, Payment.id == facts.c.payment_id)
        .group_by(Payment.id, Payment.channel, Payment.channel_ref, facts.c.account)
        .having(func.sum(facts.c.fen) != 0)
        .order_by(Payment.id)
    )
    for channel, ref, account, fen in session.execute(query):
        yield f"{channel} {ref}: {account} is {int(fen)} fen off what is on record"


def _moved() -> Iterator[Any]:
    for side, sign in ((HouseMove.debit, -1), (HouseMove.credit, 1)):
        yield select(
            HouseMove.payment_id.label("payment_id"),
            side.label("account"),
            (sign * HouseMove.fen).label("fen"),
        ).where(HouseMove.payment_id.is_not(None), side.in_(PER_PAYMENT))


def _told() -> Iterator[Any]:
    """The same taken off again, by what payments, matches and refunds say."""
    # Of money that was nobody's when it was taken back, both lie there and come to nothing.
    lies = or_(
        Payment.state == "unmatched",
        and_(Payment.state == "returned", Payment.reason == GONE_AGAIN),
    )
    returned = and_(Payment.state == "returned", Payment.reason != GONE_AGAIN)
    for account, condition in (("unmatched", lies), ("refund_payable", returned)):
        yield select(Payment.id.label("payment_id"), literal(account), -_signed(Payment.fen)).where(
            condition
        )
    end = case((Match.plan_id.is_(None), "transfer_out"), else_="bank")
    yield (
        select(Match.payment_id, end, -_signed(Match.fen))
        .join(Payment, Payment.id == Match.payment_id)
        .where(Match.undone_at.is_(None))
    )
    yield select(Refund.payment_id, literal("refund_payable"), Refund.fen).where(
        Refund.payment_id.is_not(None), Refund.state == "paid"
    )
