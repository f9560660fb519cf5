"""What acts on refunds begin and end with: what there is to refund, locked. Never commits."""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.keeping.standing import standing
from app.domain.texts import N_
from app.models import Borrower, Payment, Plan, Refund, new_public_id
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.request_keys import Request
from app.services.keeping.accounts import accounts_of
from app.services.refunds.accounts_named import RefundAccount, sealed_account

KIND = "refund"
OPEN = ("named", "asked")
GONE_AGAIN = "reversed"
LONGEST_WORDS = 300


class NothingToRefund(RuleBroken):
    """There is no credit, or the payment is not marked to go back."""

    code = "nothing_to_refund"
    message = N_("这里没有要退的钱")


class RefundedAlready(RuleBroken):
    """What was refunded is not refunded again."""

    code = "refunded_already"
    message = N_("这笔钱 %(day)s 已经退了，流水号 %(ref)s。银行退回来的，先登记退回")


class RefundUnderWay(RuleBroken):
    """Someone asked for it, and another pays it out."""

    code = "refund_under_way"
    message = N_("这笔钱已经有人提了退款，等另一位同事支付")


class RefundMoved(RuleBroken):
    """A colleague was first: the refund is in another state now."""

    code = "refund_moved"
    message = N_("这笔退款的状态已经变了，请看它现在的样子")


class RefundWordsNeeded(RuleBroken):
    """An act on a refund needs its reason in words."""

    code = "refund_words_needed"
    message = N_("请写明为什么，最多 300 个字")


class Refundable(NamedTuple):
    """What there is to refund of a plan, or of a payment that is nobody's. Units: fen."""

    plan: Plan | None
    payment: Payment | None
    fen: int

    @property
    def columns(self) -> dict[str, int | None]:
        """Return the columns of a refund that name it."""
        return {
            "plan_id": self.plan.id if self.plan else None,
            "payment_id": self.payment.id if self.payment else None,
        }


def of_plan(session: Session, *, number: str, day: date) -> Refundable:
    """Return the credit of a plan at the end of a day, its row locked until the commit.

    Units:  fen.
    Raises: NotFound.
    Source: rules part 1, how a signed plan is kept: credit.
    """
    one = select(Plan).where(Plan.number == number).with_for_update()
    plan = session.scalars(one, execution_options={"populate_existing": True}).one_or_none()
    if plan is None:
        raise NotFound
    account = accounts_of(session, plan_ids=[plan.id]).get(plan.id)
    return Refundable(plan, None, max(0, standing(account, day).credit_fen) if account else 0)


def of_payment(session: Session, *, public_id: str) -> Refundable:
    """Return a payment that is marked to go back and was not paid out, its row locked.

    Units:  fen.
    Raises: NotFound.
    """
    one = select(Payment).where(Payment.public_id == public_id).with_for_update()
    payment = session.scalars(one, execution_options={"populate_existing": True}).one_or_none()
    if payment is None:
        raise NotFound
    paid = select(Refund.id).where(Refund.payment_id == payment.id, Refund.state == "paid")
    is_owed = payment.state == "returned" and payment.reason != GONE_AGAIN
    is_out = session.scalar(paid) is not None
    return Refundable(None, payment, payment.fen if is_owed and not is_out else 0)


def refund_locked(
    session: Session, context: Context, *, public_id: str, state: str
) -> tuple[Refund, Refundable]:
    """Return a refund that is in a state with what it is of, locked: its plan or payment first.

    Units:  fen.
    Raises: NotFound, RefundMoved.
    """
    found = session.scalars(select(Refund).where(Refund.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound
    if found.plan_id is not None:
        number = session.get_one(Plan, found.plan_id).number
        source = of_plan(session, number=number, day=context.today)
    else:
        payment = session.get_one(Payment, found.payment_id)
        source = of_payment(session, public_id=payment.public_id)
    session.refresh(found, with_for_update=True)
    if found.state != state:
        raise RefundMoved
    return found, source


def open_refund(session: Session, *, source: Refundable) -> Refund | None:
    """Return the refund of it that is named or asked for."""
    return session.scalars(_of(source).where(Refund.state.in_(OPEN))).one_or_none()


def check_some(session: Session, *, source: Refundable) -> None:
    """Pass what there is something to refund of.

    Raises: RefundedAlready, which says when; NothingToRefund.
    """
    if source.fen > 0:
        return
    paid = _of(source).where(Refund.state == "paid").order_by(Refund.id.desc()).limit(1)
    last = session.scalars(paid).one_or_none()
    if last is not None and last.paid_on is not None:
        raise RefundedAlready(day=last.paid_on.isoformat(), ref=last.channel_ref)
    raise NothingToRefund


def add_named(
    session: Session,
    context: Context,
    *,
    source: Refundable,
    account: RefundAccount,
    own: bool,
    words: str = "",
) -> Refund:
    """Add where a refund goes; what was named before is dropped."""
    before = open_refund(session, source=source)
    if before is not None:
        before.state = "dropped"
        session.flush()
    public_id = new_public_id()
    found = Refund(
        public_id=public_id,
        **source.columns,
        fen=source.fen,
        state="named",
        account_enc=sealed_account(context.vault, account, public_id),
        key_version=context.vault.key_version,
        is_own=own,
        named_at=context.now,
        named_by=context.actor.who,
        words=words,
    )
    session.add(found)
    session.flush()
    return found


def borrower_name(session: Session, context: Context, *, plan: Plan) -> str:
    """Return the name of a plan's borrower, in full: to hold an account's holder against."""
    borrower = session.get_one(Borrower, plan.borrower_id)
    place = {"table": "borrowers", "row": borrower.public_id, "column": "name"}
    return context.vault.unseal(borrower.name_enc, **place)


def asked_for(context: Context, *, act: str, key: str, content: tuple[str, ...]) -> Request:
    """Return the request for an act; its content is hashed with a key, for accounts are in it."""
    body = context.vault.fingerprint("\n".join(content), purpose="request")
    return Request(context.actor.who, f"refund.{act}", key, body)


def said_in_words(words: str) -> str:
    """Return the reason without blanks around it. Raises: RefundWordsNeeded."""
    said = words.strip()
    if not said or len(said) > LONGEST_WORDS:
        raise RefundWordsNeeded
    return said


def record(
    session: Session,
    context: Context,
    *,
    refund: Refund,
    action: str,
    before: dict[str, Any] | None = None,
    **after: Any,
) -> None:
    """Put an act on record, without accounts, names and words."""
    session.flush()
    audit.record(
        session,
        context,
        action=f"refund_{action}",
        object_kind=KIND,
        object_id=refund.public_id,
        before=before,
        after={"state": refund.state, "fen": refund.fen, **after},
    )


def _of(source: Refundable) -> Any:
    if source.plan is not None:
        return select(Refund).where(Refund.plan_id == source.plan.id)
    return select(Refund).where(Refund.payment_id == source.columns["payment_id"])
