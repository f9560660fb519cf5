"""Who sees to a payment that nobody has claimed; and who read what a bank wrote with it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import Payment, Staff
from app.services.claims import acts
from app.services.claims.acts import PaymentOfAnother
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.repayments.sealing import PayerWords, words_of


class OwnerChanged(RuleBroken):
    """Someone else took the payment, or let go of it, since the page was shown."""

    code = "owner_changed"
    message = N_("别的同事刚刚接了这一笔，请看现在是谁在办")
    let_go = N_("别的同事刚刚放回了这一笔，现在没有人办")


def take_payment(session: Session, context: Context, *, public_id: str, owner: str) -> None:
    """Make the acting person the one who sees to an unmatched payment; `owner` is who did so when
    they looked, by the public id of the account, empty for nobody.

    Idempotent on: the owner.
    Raises: NotFound, PaymentSettled, OwnerChanged.
    """
    with transaction(session):
        payment = acts.begin(session, context, public_id=public_id)
        acts.lock(session, payment=payment)
        if payment.owner_id == context.staff.staff_id:
            return
        now = _owner_of(session, payment)
        if now != owner:
            raise OwnerChanged(OwnerChanged.message if now else OwnerChanged.let_go)
        acts.check_state(payment=payment, state="unmatched")
        payment.owner_id, payment.owned_at = context.staff.staff_id, context.now
        _keep(session, context, payment, "taken", before=now)


def let_go_payment(session: Session, context: Context, *, public_id: str) -> None:
    """Let go of a payment of one's own, so that somebody else may take it.

    Idempotent on: a payment nobody sees to.
    Raises: NotFound, PaymentOfAnother.
    """
    with transaction(session):
        payment = acts.begin(session, context, public_id=public_id)
        acts.lock(session, payment=payment)
        if payment.owner_id is None:
            return
        if payment.owner_id != context.staff.staff_id:
            raise PaymentOfAnother
        payment.owner_id = payment.owned_at = None
        _keep(session, context, payment, "let_go", before=context.staff.public_id)


def show_words(session: Session, context: Context, *, public_id: str) -> PayerWords:
    """Return what a bank wrote with a payment, in full; every look leaves an audit entry.

    Raises: NotFound.
    Source: I-15, I-16.
    """
    with transaction(session):
        payment = acts.payment_of(session, public_id=public_id)
        found = words_of(context.vault, payment)
        acts.record(session, context, payment=payment, action="payment_words_seen")
        return found


def _owner_of(session: Session, payment: Payment) -> str:
    owner = select(Staff.public_id).where(Staff.id == payment.owner_id)
    return session.scalar(owner) or ""


def _keep(session: Session, context: Context, payment: Payment, act: str, *, before: str) -> None:
    acts.keep_act(session, context, payment=payment, act=act)
    acts.record(
        session,
        context,
        payment=payment,
        action=f"payment_{act}",
        before={"owner": before},
        after={"owner": context.staff.public_id if act == "taken" else ""},
    )
