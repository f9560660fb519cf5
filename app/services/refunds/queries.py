"""What there is to refund, what was asked for and what was paid; names masked, accounts by their
end. Reads only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.domain.masks import masked_name
from app.models import Borrower, Journal, LedgerEntry, Payment, Plan, Refund, Staff
from app.services.core.context import Context
from app.services.core.working_days import working_days_left
from app.services.refunds.accounts_named import account_of

PAGE_ROWS = 25
# From so many working days on a credit that nobody has seen to is an old one.
OLD_WORKING_DAYS = 3
RefundTab = Literal["credit", "asked", "done"]
STAFF = "staff:"


@dataclass(frozen=True)
class CreditRow:
    """A plan with credit that nobody asked to refund yet. Units: fen; working days it is open."""

    key: int
    plan: str
    borrower: str
    fen: int
    since: date
    days: int
    tail: str

    @property
    def is_old(self) -> bool:
        """Tell whether it is open for long."""
        return self.days > OLD_WORKING_DAYS


@dataclass(frozen=True)
class RefundRow:
    """A refund with where it goes. Units: fen."""

    key: int
    public_id: str
    of: str
    plan: str
    payment: str
    borrower: str
    fen: int
    state: str
    holder: str
    bank: str
    tail: str
    is_own: bool
    words: str
    asked_by: str
    asked_at: datetime | None
    is_mine: bool
    channel: str
    channel_ref: str
    paid_on: date | None
    paid_by: str
    bounced_on: date | None
    bounce_words: str


@dataclass(frozen=True)
class RefundsPage:
    """A page of one tab: credits the oldest first, or refunds; `next_key` leads on."""

    credits: tuple[CreditRow, ...]
    refunds: tuple[RefundRow, ...]
    next_key: int | None


@dataclass(frozen=True)
class OwnRefund:
    """The refund of a plan as its borrower sees it. Units: fen."""

    state: str
    fen: int
    tail: str
    bank: str
    paid_on: date | None
    bounced_on: date | None


def refunds_page(
    session: Session, context: Context, *, tab: RefundTab, after: int | None = None
) -> RefundsPage:
    """Return a page of what is to be refunded, of what waits to be paid, or of what was paid.

    Source: rules part 1, how a signed plan is kept: credit; I-16.
    """
    if tab == "credit":
        return _credits(session, context, after)
    states = ("asked",) if tab == "asked" else ("paid", "bounced")
    query = _rows().where(Refund.state.in_(states))
    if tab == "asked":
        query = query.where(Refund.id > (after or 0)).order_by(Refund.id)
    else:
        query = query.where(Refund.id < after) if after else query
        query = query.order_by(Refund.id.desc())
    found = session.execute(query.limit(PAGE_ROWS + 1)).all()
    rows = tuple(_row(context, one) for one in found[:PAGE_ROWS])
    return RefundsPage((), rows, rows[-1].key if len(found) > PAGE_ROWS else None)


def refund_view(session: Session, context: Context, *, public_id: str) -> RefundRow:
    """Return one refund. Raises: NotFound. Source: I-16."""
    found = session.execute(_rows().where(Refund.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound
    return _row(context, found)


def refunds_of(
    session: Session, context: Context, *, plan: str = "", payment: str = ""
) -> tuple[RefundRow, ...]:
    """Return every refund of a plan, or of a payment, the latest first. Source: I-16."""
    mine = Plan.number == plan if plan else Payment.public_id == payment
    query = _rows().where(mine).order_by(Refund.id.desc())
    return tuple(_row(context, one) for one in session.execute(query))


def own_refund(session: Session, context: Context, *, plan_id: int) -> OwnRefund | None:
    """Return the latest refund of a plan that was not dropped; None where there is none."""
    query = (
        select(Refund)
        .where(Refund.plan_id == plan_id, Refund.state != "dropped")
        .order_by(Refund.id.desc())
        .limit(1)
    )
    one = session.scalars(query).one_or_none()
    if one is None:
        return None
    account = account_of(context.vault, one)
    return OwnRefund(one.state, one.fen, account.tail, account.bank, one.paid_on, one.bounced_on)


def _credits(session: Session, context: Context, after: int | None) -> RefundsPage:
    """By the few journals that make credit or pay it back; the first of a plan says since when."""
    first = func.min(Journal.id)
    asked = select(Refund.id).where(Refund.plan_id == Plan.id, Refund.state == "asked")
    query: Any = (
        select(
            Plan,
            Borrower,
            func.sum(LedgerEntry.fen),
            func.max(Journal.value_on),
            first.label("key"),
        )
        .join(Journal, Journal.plan_id == Plan.id)
        .join(LedgerEntry, LedgerEntry.journal_id == Journal.id)
        .join(Borrower, Borrower.id == Plan.borrower_id)
        .where(
            Journal.kind.in_(("credit", "refund")),
            Journal.sealed_at.is_not(None),
            LedgerEntry.account == "credit",
            ~asked.exists(),
        )
        .group_by(Plan.id, Borrower.id)
        .having(func.sum(LedgerEntry.fen) < 0, first > (after or 0))
        .order_by(first)
        .limit(PAGE_ROWS + 1)
    )
    found = session.execute(query).all()
    named = _named(session, context, [one[0].id for one in found])
    rows = tuple(
        CreditRow(
            key=key,
            plan=plan.number,
            borrower=_masked(context, borrower),
            fen=-int(fen),
            since=since,
            days=working_days_left(session, day=since, until=context.today),
            tail=named.get(plan.id, ""),
        )
        for plan, borrower, fen, since, key in found[:PAGE_ROWS]
    )
    return RefundsPage(rows, (), rows[-1].key if len(found) > PAGE_ROWS else None)


def _named(session: Session, context: Context, plan_ids: Sequence[int]) -> dict[int, str]:
    query = select(Refund).where(Refund.plan_id.in_(plan_ids), Refund.state == "named")
    return {
        one.plan_id: account_of(context.vault, one).tail
        for one in session.scalars(query)
        if one.plan_id is not None
    }


def _rows() -> Any:
    return (
        select(Refund, Plan, Payment, Borrower, _name(Refund.asked_by), _name(Refund.paid_by))
        .outerjoin(Plan, Plan.id == Refund.plan_id)
        .outerjoin(Payment, Payment.id == Refund.payment_id)
        .outerjoin(Borrower, Borrower.id == Plan.borrower_id)
    )


def _name(who: Any) -> ColumnElement[str]:
    """The name of a member of staff, empty where none of them did it."""
    name = select(Staff.display_name).where(who == STAFF + Staff.public_id)
    return func.coalesce(name.scalar_subquery(), "")


def _row(
    context: Context,
    found: tuple[Refund, Plan | None, Payment | None, Borrower | None, str, str],
) -> RefundRow:
    one, plan, payment, borrower, asked_by, paid_by = found
    account = account_of(context.vault, one)
    return RefundRow(
        key=one.id,
        public_id=one.public_id,
        of=plan.number if plan else f"{payment.channel} {payment.channel_ref}" if payment else "",
        plan=plan.number if plan else "",
        payment=payment.public_id if payment else "",
        borrower=_masked(context, borrower) if borrower else "",
        fen=one.fen,
        state=one.state,
        holder=masked_name(account.holder),
        bank=account.bank,
        tail=account.tail,
        is_own=one.is_own,
        words=one.words,
        asked_by=asked_by,
        asked_at=one.asked_at,
        is_mine=one.asked_person is not None and one.asked_person == context.staff.person_id,
        channel=one.channel or "",
        channel_ref=one.channel_ref or "",
        paid_on=one.paid_on,
        paid_by=paid_by,
        bounced_on=one.bounced_on,
        bounce_words=one.bounce_words,
    )


def _masked(context: Context, borrower: Borrower) -> str:
    place = {"table": "borrowers", "row": borrower.public_id, "column": "name"}
    return masked_name(context.vault.unseal(borrower.name_enc, **place))
