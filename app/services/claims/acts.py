"""What everything that a person does with a payment begins and ends with. Never commits."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.texts import N_
from app.models import Payment, PaymentAct
from app.services.claims.money_queries import GONE_AGAIN, taken_back_by
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.request_keys import Request, keep_reply, reply_before
from app.services.core.transaction import line_up
from app.services.repayments.posting import PaymentReversed, ReversalKept

KIND = "payment"
LONGEST_WORDS = 300
# What a colleague who was first has made of it.
DONE_MEANWHILE = {
    "matched": N_("别的同事刚刚认领了这一笔，请看它记给了谁"),
    "returned": N_("别的同事刚刚把这一笔标成了要退回，请看它现在的样子"),
    "unmatched": N_("别的同事刚刚撤回了，这一笔又没有人认领了，请看它现在的样子"),
}


class PaymentWordsNeeded(RuleBroken):
    """An act on a payment needs its reason in words."""

    code = "payment_words_needed"
    message = N_("请写明为什么，最多 %(most)s 个字")
    values: Mapping[str, object] = MappingProxyType({"most": LONGEST_WORDS})


class PaymentSettled(RuleBroken):
    """A colleague was first: the payment is in another state now."""

    code = "payment_settled"
    message = DONE_MEANWHILE["matched"]


class PaymentOfAnother(RuleBroken):
    """A colleague sees to the payment."""

    code = "payment_of_another"
    message = N_("别的同事在办这一笔。要接手，请先点接过来")


def begin(session: Session, context: Context, *, public_id: str) -> Payment:
    """Return a payment, those who act on it standing in a line until the commit; no row is locked
    yet, for loans and plans are locked before a payment is.

    Raises: NotFound.
    """
    line_up(session, context.vault.fingerprint(public_id, purpose="payment"))
    return payment_of(session, public_id=public_id)


def lock(session: Session, *, payment: Payment) -> None:
    """Lock the row of a payment and read it anew: for acts that lay no money on anything."""
    session.refresh(payment, with_for_update=True)


def payment_of(session: Session, *, public_id: str) -> Payment:
    """Return a payment. Raises: NotFound."""
    one = select(Payment).where(Payment.public_id == public_id)
    found = session.scalars(one, execution_options={"populate_existing": True}).one_or_none()
    if found is None:
        raise NotFound
    return found


def check_still(context: Context, *, payment: Payment, state: str) -> None:
    """Pass a payment that is in a state, and that nobody else sees to.

    Raises: PaymentSettled, PaymentOfAnother.
    """
    check_state(payment=payment, state=state)
    if payment.owner_id not in (None, context.staff.staff_id):
        raise PaymentOfAnother


def check_state(*, payment: Payment, state: str) -> None:
    """Pass a payment that is in a state. Raises: PaymentSettled, which says what became of it."""
    if payment.state != state:
        raise PaymentSettled(DONE_MEANWHILE[payment.state])


def check_ours(session: Session, *, payment: Payment) -> None:
    """Pass money that came and is still here.

    Raises: ReversalKept for what a channel took back, PaymentReversed for what it was taken from.
    """
    if payment.reverses_ref:
        raise ReversalKept
    if taken_back_by(session, payment=payment) is not None or payment.reason == GONE_AGAIN:
        raise PaymentReversed


def said_in_words(words: str) -> str:
    """Return the reason without blanks around it. Raises: PaymentWordsNeeded."""
    said = words.strip()
    if not said or len(said) > LONGEST_WORDS:
        raise PaymentWordsNeeded
    return said


def asked(context: Context, *, act: str, key: str, content: tuple[str, ...]) -> Request:
    """Return the request for an act; its content is hashed with a key, for words tell of people."""
    body = context.vault.fingerprint("\n".join(content), purpose="request")
    return Request(context.actor.who, f"payment.{act}", key, body)


def is_done(session: Session, *, request: Request) -> bool:
    """Tell whether the same request was carried out before. Raises: KeyReused."""
    return reply_before(session, request=request) is not None


def keep_act(
    session: Session,
    context: Context,
    *,
    payment: Payment,
    act: str,
    words: str = "",
    request: Request | None = None,
) -> None:
    """Keep what a person did with a payment, and the key of the request where it has one."""
    mark = f"{request.who}\n{request.route}\n{request.key}" if request else ""
    session.add(
        PaymentAct(
            payment_id=payment.id,
            act=act,
            words=words,
            who=context.actor.who,
            request_key=context.vault.fingerprint(mark, purpose="request") if mark else None,
            at=context.now,
        )
    )
    if request is not None:
        keep_reply(session, context, request=request)
    session.flush()


def record(
    session: Session,
    context: Context,
    *,
    payment: Payment,
    action: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Put an act on record, without the words that were said: people may be named in them."""
    session.flush()
    audit.record(
        session,
        context,
        action=action,
        object_kind=KIND,
        object_id=payment.public_id,
        before=before,
        after=after,
    )
