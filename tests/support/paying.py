"""Orders and what channels tell of them, as if a borrower paid here."""

from dataclasses import replace
from uuid import uuid4

from sqlalchemy import func, select

from app.domain.errors import NotFound
from app.models import Borrower, Journal, Match, Payment, PaymentOrder, Plan
from app.ports.payments import News
from app.services.ledger.proving import broken_books, unequal_journals, unposted_books
from app.services.paying.handing_over import hand_over
from app.services.paying.offer_queries import plan_offer
from app.services.paying.opening import OrderWish, open_order
from app.services.paying.proving import untrue_orders
from app.services.paying.taking import take_telling
from app.services.paying.tellings import keep_telling
from tests.support.money import plan_of

LOCAL = "local"


def wish_for(session, context, number, *, offered="", own_fen=None, **more) -> OrderWish:
    """What the borrower of an agreement may choose; the first sum where none is named."""
    offer = plan_offer(
        session, context, borrower_id=plan_of(session, number).borrower_id, agreement=number
    )
    kind = offered or offer.sums.sums[0].kind
    shown = next((one.fen for one in offer.sums.sums if one.kind == kind), None)
    return replace(OrderWish("plan", number, kind, shown, own_fen, LOCAL, "browser"), **more)


def opened(session, context, number, *, key="", **chosen) -> PaymentOrder:
    """Open an order for the plan of an agreement and return it."""
    public_id = open_order(
        session,
        context,
        borrower_id=plan_of(session, number).borrower_id,
        wish=wish_for(session, context, number, **chosen),
        request_key=key or str(uuid4()),
    )
    return order_of(session, public_id)


def handed(session, context, number, **chosen) -> PaymentOrder:
    """Open an order and hand its payer over."""
    order = opened(session, context, number, **chosen)
    public_id, borrower_id = order.public_id, order.borrower_id
    hand_over(session, context, borrower_id=borrower_id, public_id=public_id)
    return order_of(session, public_id)


def order_of(session, public_id) -> PaymentOrder:
    session.rollback()
    found = session.scalars(select(PaymentOrder).where(PaymentOrder.public_id == public_id))
    order = found.one_or_none()
    if order is None:
        raise NotFound
    return order


def news(order, *, ref="4200001", fen=None, at, event_id="", number="") -> News:
    """What a channel says of an order that was paid."""
    asked = order.fen if fen is None else fen
    return News(number or order.number, "paid", asked, ref, at, event_id or f"event-{ref}")


def told(session, context, said, *, body=b"{}", provider=LOCAL) -> str:
    """Let a channel tell something, and do what it asks for."""
    event_id = keep_telling(session, context, provider=provider, news=said, body=body)
    return take_telling(session, context, event_id=event_id)


def payments_of(session) -> list[Payment]:
    session.rollback()
    return list(session.scalars(select(Payment).order_by(Payment.id)))


def borrower_of(session, number) -> Borrower:
    return session.get_one(Borrower, plan_of(session, number).borrower_id)


def plan_state(session, number) -> str:
    session.rollback()
    return session.scalar(select(Plan.state).where(Plan.id == plan_of(session, number).id)) or ""


def receipts(session) -> int:
    """How many journals stand that put money on a plan."""
    standing = select(func.count(Journal.id)).where(
        Journal.kind == "receipt", Journal.reverses_id.is_(None)
    )
    return session.scalar(standing) or 0


def matched_to(session, payment) -> list[tuple[int | None, int | None, int, str]]:
    """The plans and loans that money lies on, with how much and by which rule."""
    mine = select(Match).where(Match.payment_id == payment.id, Match.undone_at.is_(None))
    return [(one.plan_id, one.loan_id, one.fen, one.rule) for one in session.scalars(mine)]


def sound(session, context) -> None:
    """Nothing that must always be true of orders and books is broken."""
    found = [*untrue_orders(session, payments=context.gateways.payments)]
    found += [*unequal_journals(session), *unposted_books(session), *broken_books(session)]
    assert found == []
