"""Money that is nobody's is marked to go back to who paid it, and the mark is taken away again."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import Payment, Refund
from app.services.claims import acts
from app.services.core.context import Context
from app.services.core.request_keys import Request
from app.services.core.transaction import transaction

# What each act makes of a payment.
STATES = {"returned": "returned", "kept": "unmatched"}


class RefundStands(RuleBroken):
    """The money is on its way back, or is there."""

    code = "refund_stands"
    message = N_("这笔钱已经提了退款或者退出去了，先看退款")


def return_payment(
    session: Session, context: Context, *, public_id: str, words: str, request_key: str
) -> None:
    """Mark an unmatched payment as one to be returned; the words say why and to whom, by the bank's
    own statement, for of an account only its end is kept.

    Idempotent on: request_key for one member of staff.
    Raises: NotFound, PaymentWordsNeeded, PaymentSettled, PaymentOfAnother, ReversalKept,
            PaymentReversed, KeyReused.
    """
    said = acts.said_in_words(words)
    request = acts.asked(context, act="return", key=request_key, content=(public_id, said))
    with transaction(session):
        payment = acts.begin(session, context, public_id=public_id)
        if acts.is_done(session, request=request):
            return
        acts.lock(session, payment=payment)
        acts.check_still(context, payment=payment, state="unmatched")
        acts.check_ours(session, payment=payment)
        payment.owner_id = payment.owned_at = None
        _move(session, context, payment=payment, act="returned", said=said, request=request)


def keep_payment(
    session: Session, context: Context, *, public_id: str, words: str, request_key: str
) -> None:
    """Take the mark away: the payment lies on the list of those that nobody claims again.

    Idempotent on: request_key for one member of staff.
    Raises: NotFound, PaymentWordsNeeded, PaymentSettled, ReversalKept, PaymentReversed,
            RefundStands, KeyReused.
    """
    said = acts.said_in_words(words)
    request = acts.asked(context, act="keep", key=request_key, content=(public_id, said))
    with transaction(session):
        payment = acts.begin(session, context, public_id=public_id)
        if acts.is_done(session, request=request):
            return
        acts.lock(session, payment=payment)
        acts.check_still(context, payment=payment, state="returned")
        acts.check_ours(session, payment=payment)
        _check_no_refund(session, payment)
        _move(session, context, payment=payment, act="kept", said=said, request=request)


def _check_no_refund(session: Session, payment: Payment) -> None:
    stands = Refund.state.in_(("asked", "paid"))
    mine = select(Refund.id).where(Refund.payment_id == payment.id, stands)
    if session.scalar(mine.limit(1)) is not None:
        raise RefundStands


def _move(
    session: Session,
    context: Context,
    *,
    payment: Payment,
    act: str,
    said: str,
    request: Request,
) -> None:
    before, payment.state = payment.state, STATES[act]
    acts.keep_act(session, context, payment=payment, act=act, words=said, request=request)
    acts.record(
        session,
        context,
        payment=payment,
        action=f"payment_{act}",
        before={"state": before},
        after={"state": payment.state, "fen": payment.fen},
    )
