"""Orders as rows: found, locked, closed. Never commits."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.domain.repayments.directory import Destination
from app.models import Loan, PaymentOrder, Plan
from app.ports.payments import Payments
from app.ports.vault import Vault
from app.services.core.context import Actor, Context

KIND = "payment_order"
TABLE, OPENID = PaymentOrder.__tablename__, "openid"
# What a channel tells is done by it, whoever's telephone asked.
CHANNEL_ACTOR = "channel:{}"
# While nothing is heard the channel is asked after so many minutes, the last of them again and
# again; the end of an order is another such instant.
ASK_AFTER_MINUTES = (1, 2, 2, 5)
log = structlog.get_logger()


def own_order(session: Session, *, borrower_id: int, public_id: str) -> PaymentOrder:
    """Return an order of a borrower. Raises: NotFound, also for someone else's."""
    mine = select(PaymentOrder).where(
        PaymentOrder.public_id == public_id, PaymentOrder.borrower_id == borrower_id
    )
    found = session.scalars(mine).one_or_none()
    if found is None:
        raise NotFound
    return found


def lock_order(session: Session, *, order: PaymentOrder) -> None:
    """Lock the row of an order and read it anew."""
    session.refresh(order, with_for_update=True)


def destination_of(session: Session, *, order: PaymentOrder) -> Destination:
    """Return the plan or loan that an order is for."""
    if order.plan_id is not None:
        return Destination("plan", session.get_one(Plan, order.plan_id).number)
    return Destination("loan", session.get_one(Loan, order.loan_id).ref)


def channel_of(context: Context, *, provider: str) -> Payments:
    """Return a channel by its name in addresses. Raises: NotFound where there is none."""
    found = context.gateways.payments.get(provider)
    if found is None:
        raise NotFound
    return found


def by_channel(context: Context, *, provider: str) -> Context:
    """Return the same surroundings with a channel acting."""
    return context.by(Actor(CHANNEL_ACTOR.format(provider), context.actor.from_where))


def next_ask(order: PaymentOrder, *, now: datetime) -> datetime:
    """Return when a channel is asked of an order next; its end is not slept through."""
    minutes = ASK_AFTER_MINUTES[min(order.asked, len(ASK_AFTER_MINUTES) - 1)]
    after = now + timedelta(minutes=minutes)
    return order.expires_at if now < order.expires_at < after else after


def end_order(order: PaymentOrder, *, state: str, at: datetime, reason: str = "") -> None:
    """Let an order be over: nobody is asked any more, who the payer is at the channel is gone."""
    order.state, order.reason = state, reason
    order.ask_at = order.openid_enc = None
    order.go_url, order.go_script = "", {}
    if state == "closed":
        order.closed_at = at


def openid_of(vault: Vault, order: PaymentOrder) -> str:
    """Return the payer's id at the channel, empty where none is kept.

    Raises: ValueError where it was moved or altered.
    """
    if order.openid_enc is None:
        return ""
    return vault.unseal(order.openid_enc, table=TABLE, row=order.public_id, column=OPENID)


def one_by_itself(session: Session, *, act: Callable[[], object]) -> bool:
    """Do one of many, and tell whether it came to something; one that breaks, whose channel is gone
    from the settings or that no rule reads, is named in the log and keeps nobody behind it waiting.
    """
    try:
        return bool(act())
    except Exception:
        session.rollback()
        log.exception("one of many at a channel broke")
        return False
