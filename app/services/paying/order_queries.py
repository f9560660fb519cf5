"""An order as its borrower sees it: what becomes of it, and once paid what it covered. Reads
only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.repayments.directory import Destination
from app.models import (
    Agreement,
    Loan,
    Match,
    OrderPayment,
    Payment,
    PaymentOrder,
    Plan,
    PlanVersion,
)
from app.services.core.context import Context
from app.services.keeping.accounts import KeptStanding, SignedPlan, kept_standings
from app.services.keeping.money import number_of
from app.services.loans.kept_plans import KeptPlan, kept_since
from app.services.loans.naming import LoanName, name_of
from app.services.loans.received import ReceivedMoney
from app.services.paying.records import own_order

TAIL_CHARS = 6


@dataclass(frozen=True)
class OrderMoney:
    """A payment that came by an order: with what it covered of the plan, None where it is not laid
    on one. Units: fen.
    """

    public_id: str
    fen: int
    channel_ref: str
    paid_at: datetime
    kind: str
    is_matched: bool
    laid: ReceivedMoney | None

    @property
    def tail(self) -> str:
        """Return the end of the channel's number of it, as a person compares it."""
        return self.channel_ref[-TAIL_CHARS:]


class WaitingOrder(NamedTuple):
    """An order whose payer went to the channel. Units: fen."""

    public_id: str
    fen: int


@dataclass(frozen=True)
class OrderView:
    """An order with the plan or loan it is for. Units: fen."""

    public_id: str
    fen: int
    offered: str
    channel: str
    provider: str
    scene: str
    state: str
    reason: str
    expires_at: datetime
    is_over: bool
    handed_at: datetime | None
    go_url: str
    go_script: Mapping[str, str]
    money: tuple[OrderMoney, ...]
    kept: KeptPlan | None = None
    loan: LoanName | None = None
    loan_public_id: str = ""

    @property
    def answer(self) -> OrderMoney | None:
        """Return the payment that was asked for, once it is there."""
        return next((one for one in self.money if one.kind == "answer"), None)

    @property
    def others(self) -> tuple[OrderMoney, ...]:
        """Return what else came by it: paid again, another sum, after its end."""
        return tuple(one for one in self.money if one.kind != "answer")


def order_view(
    session: Session, context: Context, *, borrower_id: int, public_id: str
) -> OrderView:
    """Return a borrower's order.

    Raises: NotFound, also for someone else's.
    Source: rules part 1, how a signed plan is kept.
    """
    order = own_order(session, borrower_id=borrower_id, public_id=public_id)
    signed, agreement, stands = _plan(session, context, order)
    kept = (
        kept_since(signed, stands, agreement=agreement, today=context.today)
        if signed and stands
        else None
    )
    loan = session.get(Loan, order.loan_id) if order.loan_id is not None else None
    return OrderView(
        public_id=order.public_id,
        fen=order.fen,
        offered=order.offered,
        channel=order.channel,
        provider=order.provider,
        scene=order.scene,
        state=order.state,
        reason=order.reason,
        expires_at=order.expires_at,
        is_over=order.expires_at <= context.now,
        handed_at=order.handed_at,
        go_url=order.go_url,
        go_script=order.go_script,
        money=_money(session, order, stands),
        kept=kept,
        loan=name_of(loan) if loan else None,
        loan_public_id=loan.public_id if loan else "",
    )


def handed_order(
    session: Session, context: Context, *, borrower_id: int, destination: Destination
) -> WaitingOrder | None:
    """Return the newest order for a plan or loan with which its borrower went to the channel and of
    which nothing is heard yet; None without one. Units: fen.
    """
    mine = (
        select(PaymentOrder.public_id, PaymentOrder.fen)
        .outerjoin(Plan, Plan.id == PaymentOrder.plan_id)
        .outerjoin(Loan, Loan.id == PaymentOrder.loan_id)
        .where(
            PaymentOrder.borrower_id == borrower_id,
            PaymentOrder.state == "waiting",
            PaymentOrder.handed_at.is_not(None),
            (Plan.number if destination.kind == "plan" else Loan.ref) == destination.ref,
        )
        .order_by(PaymentOrder.id.desc())
    )
    row = session.execute(mine.limit(1)).one_or_none()
    return WaitingOrder(*row) if row else None


def _plan(
    session: Session, context: Context, order: PaymentOrder
) -> tuple[SignedPlan | None, str, KeptStanding | None]:
    """The plan its money is on, or was asked for, as it stands today."""
    laid_on = (
        select(Match.plan_id)
        .join(OrderPayment, OrderPayment.payment_id == Match.payment_id)
        .where(OrderPayment.order_id == order.id, Match.undone_at.is_(None))
        .order_by(Match.id)
    )
    plan_id = session.scalars(laid_on.limit(1)).first() or order.plan_id
    query = (
        select(Plan, PlanVersion, Agreement.signed_at, Agreement.number)
        .join(PlanVersion, PlanVersion.id == Plan.active_version_id)
        .join(Agreement, Agreement.version_id == PlanVersion.id)
        .where(Plan.id == plan_id)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None, "", None
    signed = SignedPlan(*row[:3])
    found = kept_standings(session, signed=(signed,), as_of=context.today)
    return signed, row[3], found[signed.plan.id]


def _money(
    session: Session, order: PaymentOrder, stands: KeptStanding | None
) -> tuple[OrderMoney, ...]:
    query = (
        select(OrderPayment, Payment, Match)
        .join(Payment, Payment.id == OrderPayment.payment_id)
        .outerjoin(Match, (Match.payment_id == Payment.id) & Match.undone_at.is_(None))
        .where(OrderPayment.order_id == order.id)
        .order_by(OrderPayment.payment_id, Match.number)
    )
    return tuple(
        OrderMoney(
            public_id=payment.public_id,
            fen=payment.fen,
            channel_ref=payment.channel_ref,
            paid_at=link.paid_at,
            kind=link.kind,
            is_matched=payment.state == "matched",
            laid=_laid(payment, match, stands),
        )
        for link, payment, match in session.execute(query)
    )


def _laid(
    payment: Payment, match: Match | None, stands: KeptStanding | None
) -> ReceivedMoney | None:
    """What a payment covered of the plan."""
    if match is None or stands is None:
        return None
    number = number_of(payment, match)
    taken_back = any(one.reverses == number for one in stands.money)
    for one in stands.standing.payments:
        if one.number == number:
            covered = () if taken_back else one.covered
            credit = 0 if taken_back else one.credit_fen
            return ReceivedMoney(number, payment.paid_on, payment.fen, covered, credit, taken_back)
    return None
