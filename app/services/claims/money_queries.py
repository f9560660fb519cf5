"""Lists of money that arrived: what nobody has claimed, a day, a number; names masked. Reads
only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, Select, func, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.domain.errors import NotFound
from app.domain.masks import masked_name
from app.domain.repayments.words import payer_name
from app.models import (
    Payment,
    PaymentAct,
    Staff,
)
from app.services.core.context import Context
from app.services.repayments.sealing import words_of

PAGE_ROWS = 25
# From so many days on a line that nobody has claimed is an old one.
OLD_DAYS = 3
Tab = Literal["all", "free", "mine", "old", "returned"]
STAFF = "staff:"
# Why money that was nobody's yet and was taken back goes nowhere.
GONE_AGAIN = "reversed"
# Of what was done last so much is shown, without who took what.
RECENT_ROWS = 5
MOVES = ("matched", "undone", "returned", "kept")


@dataclass(frozen=True)
class MoneyRow:
    """One payment in a list, its payer masked. Units: fen; days since it arrived."""

    public_id: str
    channel: str
    channel_ref: str
    paid_on: date
    arrived_on: date
    fen: int
    payer: str
    account_tail: str
    state: str
    reason: str
    is_reversal: bool
    days: int
    owner: str
    owner_id: str
    is_mine: bool

    @property
    def is_old(self) -> bool:
        """Tell whether it has lain for long."""
        return self.state == "unmatched" and self.days > OLD_DAYS


@dataclass(frozen=True)
class Sum:
    """How many, and how much together. Units: fen."""

    count: int
    fen: int


@dataclass(frozen=True)
class Unclaimed:
    """What nobody has claimed yet, by age and by who sees to it, and what goes back."""

    whole: Sum
    today: Sum
    lately: Sum
    old: Sum
    free: int
    mine: int
    returned: Sum
    oldest_on: date | None


@dataclass(frozen=True)
class ActRow:
    """What a person did with a payment, and why."""

    act: str
    words: str
    by: str
    at: datetime


@dataclass(frozen=True)
class RecentAct:
    """What was done lately, and with which payment. Units: fen."""

    public_id: str
    channel: str
    channel_ref: str
    fen: int
    act: str
    by: str
    at: datetime


@dataclass(frozen=True)
class UnclaimedPage:
    """A page of one tab, the oldest first; `next_key` leads on.

    `returns` tells of what goes back why it does, by public id; `recent` what was done last.
    """

    rows: tuple[MoneyRow, ...]
    counts: Unclaimed
    returns: Mapping[str, ActRow]
    recent: tuple[RecentAct, ...]
    next_key: str | None

    @property
    def page_fen(self) -> int:
        """Return what the rows of this page are together, in fen."""
        return sum(one.fen for one in self.rows)


@dataclass(frozen=True)
class MoneyFilter:
    """Which payments: of a day of arrival, or of a 流水号 on whichever day."""

    day: date | None = None
    channel: str = ""
    state: str = ""
    number: str = ""


@dataclass(frozen=True)
class MoneyPage:
    """Payments of a day or of a number, in the order they came, and the day's sums by state."""

    rows: tuple[MoneyRow, ...]
    day: date | None
    sums: Mapping[str, Sum]
    next_key: str | None


def unclaimed_page(
    session: Session, context: Context, *, tab: Tab, after: str | None = None
) -> UnclaimedPage:
    """Return a page of what nobody has claimed, or of what goes back, after a payment.

    Raises: NotFound for a payment that is none.
    Source: I-16.
    """
    query = money_rows().where(*_of_tab(context, tab))
    found = session.execute(_after(session, query, after).limit(PAGE_ROWS + 1)).all()
    rows = tuple(money_row(context, *one) for one in found[:PAGE_ROWS])
    next_key = rows[-1].public_id if len(found) > PAGE_ROWS else None
    return UnclaimedPage(
        rows=rows,
        counts=_unclaimed(session, context),
        returns=_returns(session, found[:PAGE_ROWS]) if tab == "returned" else {},
        recent=_recent(session) if after is None else (),
        next_key=next_key,
    )


def channels_known(session: Session) -> tuple[str, ...]:
    """Return every channel that ever sent anything, by as many looks at an index as there are."""
    step = select(func.min(Payment.channel).label("name")).cte("channel", recursive=True)
    later = select(func.min(Payment.channel)).where(Payment.channel > step.c.name)
    names = step.union_all(
        select(later.scalar_subquery().label("name")).where(step.c.name.is_not(None))
    )
    found = session.scalars(select(names.c.name).where(names.c.name.is_not(None)))
    return tuple(found)


def money_page(
    session: Session,
    context: Context,
    *,
    wanted: MoneyFilter,
    channels: Sequence[str],
    after: str | None = None,
) -> MoneyPage:
    """Return payments of a day, by default the last on which any came, or those of a number on any
    of the channels known.

    Raises: NotFound for a payment that is none.
    """
    day = wanted.day or session.scalar(select(func.max(Payment.arrived_on)))
    query = money_rows()
    if wanted.number:
        # By the index of channel and number: of each channel one look.
        query = query.where(Payment.channel.in_(channels), Payment.channel_ref == wanted.number)
    elif day is not None:
        query = query.where(Payment.arrived_on == day)
    if wanted.channel:
        query = query.where(Payment.channel == wanted.channel)
    if wanted.state:
        query = query.where(Payment.state == wanted.state)
    found = session.execute(_after(session, query, after).limit(PAGE_ROWS + 1)).all()
    rows = tuple(money_row(context, *one) for one in found[:PAGE_ROWS])
    return MoneyPage(
        rows=rows,
        day=None if wanted.number else day,
        sums={} if wanted.number or day is None else _sums_of(session, day),
        next_key=rows[-1].public_id if len(found) > PAGE_ROWS else None,
    )


def money_rows() -> Select[*tuple[Any, ...]]:
    """Return the query for payments with who sees to them."""
    owner = Staff.display_name, Staff.public_id
    return select(Payment, *owner).outerjoin(Staff, Staff.id == Payment.owner_id)


def _is(state: str) -> ColumnElement[bool]:
    """In a state, written out: a partial index is not seen behind a value that is bound."""
    return Payment.state == literal(state, literal_execute=True)


def _of_tab(context: Context, tab: Tab) -> tuple[ColumnElement[bool], ...]:
    if tab == "returned":
        # People do so, and what people did is little beside all that came.
        done = select(PaymentAct.payment_id).where(PaymentAct.act == "returned")
        return _is("returned"), Payment.id.in_(done)
    of_tab: dict[str, ColumnElement[bool]] = {
        "free": Payment.owner_id.is_(None),
        "mine": Payment.owner_id == context.staff.staff_id,
        "old": Payment.arrived_on < _old_from(context),
    }
    return (_is("unmatched"), of_tab[tab]) if tab in of_tab else (_is("unmatched"),)


def _old_from(context: Context) -> date:
    return context.today - timedelta(days=OLD_DAYS)


def _after(
    session: Session, query: Select[*tuple[Any, ...]], after: str | None
) -> Select[*tuple[Any, ...]]:
    """In the order of arrival, from a payment on: rows are compared as one, as an index is."""
    keys = Payment.arrived_on, Payment.id
    if after is not None:
        place = session.execute(select(*keys).where(Payment.public_id == after)).one_or_none()
        if place is None:
            raise NotFound
        query = query.where(tuple_(*keys) > tuple_(literal(place[0]), literal(place[1])))
    return query.order_by(*keys)


def _unclaimed(session: Session, context: Context) -> Unclaimed:
    today, old_from = context.today, _old_from(context)
    ages = (
        literal(True),
        Payment.arrived_on >= today,
        (Payment.arrived_on < today) & (Payment.arrived_on >= old_from),
        Payment.arrived_on < old_from,
    )
    sums = [
        figure
        for one in ages
        for figure in (
            func.count().filter(one),
            func.coalesce(func.sum(Payment.fen).filter(one), 0),
        )
    ]
    owners = (
        func.count().filter(Payment.owner_id.is_(None)),
        func.count().filter(Payment.owner_id == context.staff.staff_id),
        func.min(Payment.arrived_on),
    )
    *figures, free, mine, oldest = session.execute(
        select(*sums, *owners).where(_is("unmatched"))
    ).one()
    back = select(func.count(), func.coalesce(func.sum(Payment.fen), 0))
    returned = session.execute(back.where(*_of_tab(context, "returned"))).one()
    whole, now, lately, old = (
        Sum(int(count), int(fen)) for count, fen in zip(figures[::2], figures[1::2], strict=True)
    )
    going = Sum(int(returned[0]), int(returned[1]))
    return Unclaimed(whole, now, lately, old, free, mine, going, oldest)


def _returns(session: Session, found: Sequence[Row[*tuple[Any, ...]]]) -> dict[str, ActRow]:
    """Why each of these payments goes back, as it was said last."""
    ids = {payment.id: payment.public_id for payment, *_owner in found}
    query = select(PaymentAct, _name_of(PaymentAct.who)).where(
        PaymentAct.payment_id.in_(ids), PaymentAct.act == "returned"
    )
    acts = session.execute(query.order_by(PaymentAct.id))
    return {ids[one.payment_id]: ActRow(one.act, one.words, by, one.at) for one, by in acts}


def _recent(session: Session) -> tuple[RecentAct, ...]:
    """What people did last, without who took what."""
    query = (
        select(Payment, PaymentAct.act, _name_of(PaymentAct.who), PaymentAct.at)
        .join(PaymentAct, PaymentAct.payment_id == Payment.id)
        .where(PaymentAct.act.in_(MOVES))
        .order_by(PaymentAct.id.desc())
        .limit(RECENT_ROWS)
    )
    return tuple(
        RecentAct(one.public_id, one.channel, one.channel_ref, one.fen, act, by, at)
        for one, act, by, at in session.execute(query)
    )


def _name_of(who: InstrumentedAttribute[str]) -> ColumnElement[str]:
    """The name of a member of staff, empty where none of them did it."""
    name = select(Staff.display_name).where(who == STAFF + Staff.public_id)
    return func.coalesce(name.scalar_subquery(), "")


def _sums_of(session: Session, day: date) -> dict[str, Sum]:
    query = select(Payment.state, func.count(), func.sum(Payment.fen))
    of_day = query.where(Payment.arrived_on == day, Payment.reverses_ref == "")
    found = session.execute(of_day.group_by(Payment.state))
    return {state: Sum(int(count), int(fen)) for state, count, fen in found}


def money_row(
    context: Context, payment: Payment, owner: str | None, owner_id: str | None
) -> MoneyRow:
    """Return a payment as lists show it, by what `money_rows` gives. Source: I-16."""
    words = words_of(context.vault, payment)
    return MoneyRow(
        public_id=payment.public_id,
        channel=payment.channel,
        channel_ref=payment.channel_ref,
        paid_on=payment.paid_on,
        arrived_on=payment.arrived_on,
        fen=payment.fen,
        payer=masked_payer(words.payer),
        account_tail=words.account_tail,
        state=payment.state,
        reason=payment.reason,
        is_reversal=bool(payment.reverses_ref),
        days=(context.today - payment.arrived_on).days,
        owner=owner or "",
        owner_id=owner_id or "",
        is_mine=payment.owner_id is not None and payment.owner_id == context.staff.staff_id,
    )


def masked_payer(text: str) -> str:
    """Return the one name in what a bank wrote as the payer, masked; a star where it is none.

    Source: I-16.
    """
    name = payer_name(text)
    return masked_name(name) if name else "*" if text else ""


def taken_back_by(session: Session, *, payment: Payment) -> Row[str, str] | None:
    """Return public id and 流水号 of the reversal that took matched money back; None for none."""
    # As the one index has it that knows of reversals.
    is_back = Payment.reverses_id.is_not(None) & (Payment.reverses_id == payment.id)
    query = select(Payment.public_id, Payment.channel_ref).where(is_back, _is("matched"))
    return session.execute(query).one_or_none()
