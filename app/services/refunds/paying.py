"""Another person pays a refund out, and records what a bank could not hand over."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import Refund
from app.services.core.context import Context
from app.services.core.request_keys import keep_reply, reply_before
from app.services.core.transaction import transaction
from app.services.refunds import acts
from app.services.upholding.following import follow


class Payout(NamedTuple):
    """How a refund left: by `bank`, or back through the `channel` it came by; under which 流水号,
    on which day.
    """

    way: str
    channel: str
    channel_ref: str
    paid_on: date


class SamePersonPays(RuleBroken):
    """Who asked for a refund does not pay it out, whatever account they use."""

    code = "same_person_pays"
    message = N_("提退款的人不能自己支付，请另一位同事来")


class PayoutDayWrong(RuleBroken):
    """A day to come, or one on which the money was not there to refund yet."""

    code = "payout_day"
    message = N_("支付日期不能在今天以后，也不能早于多付的那天")


class PayoutKnown(RuleBroken):
    """A refund was paid under this 流水号 already."""

    code = "payout_known"
    message = N_("这个渠道的这个流水号已经登记过一笔退款")


class CreditChanged(RuleBroken):
    """There is less to refund than when it was asked for."""

    code = "credit_changed"
    message = N_("可以退的钱变了，请撤掉这笔，再提一次")


def pay_refund(
    session: Session, context: Context, *, public_id: str, payout: Payout, request_key: str
) -> None:
    """Record that a refund was paid out: the money leaves the credit, or what was to be returned.

    Idempotent on: request_key for one member of staff.
    Raises: NotFound, RefundMoved, SamePersonPays, PayoutDayWrong, PayoutKnown, CreditChanged,
            KeyReused.
    Source: rules part 1, how a signed plan is kept: credit; the ledger.
    """
    content = (public_id, *map(str, payout))
    request = acts.asked_for(context, act="pay", key=request_key, content=content)
    with transaction(session):
        if reply_before(session, request=request) is not None:
            return
        refund, source = acts.refund_locked(session, context, public_id=public_id, state="asked")
        _check(session, context, refund, source, payout)
        refund.state = "paid"
        refund.way, refund.channel = payout.way, payout.channel
        refund.channel_ref, refund.paid_on = payout.channel_ref, payout.paid_on
        refund.paid_at, refund.paid_by = context.now, context.actor.who
        refund.paid_person = context.staff.person_id
        acts.record(
            session,
            context,
            refund=refund,
            action="paid",
            before={"state": "asked"},
            paid_on=payout.paid_on.isoformat(),
            way=payout.way,
        )
        _follow(session, context, refund)
        keep_reply(session, context, request=request)


def bounce_refund(
    session: Session,
    context: Context,
    *,
    public_id: str,
    bounced_on: date,
    words: str,
    request_key: str,
) -> None:
    """Record that a bank sent a refund back: it is credit again, or to be returned again.

    Idempotent on: request_key for one member of staff.
    Raises: NotFound, RefundMoved, RefundWordsNeeded, PayoutDayWrong, KeyReused.
    Source: rules part 1, how a signed plan is kept: credit; the ledger.
    """
    said = acts.said_in_words(words)
    content = (public_id, bounced_on.isoformat(), said)
    request = acts.asked_for(context, act="bounce", key=request_key, content=content)
    with transaction(session):
        if reply_before(session, request=request) is not None:
            return
        refund, _source = acts.refund_locked(session, context, public_id=public_id, state="paid")
        if refund.paid_on is None or not refund.paid_on <= bounced_on <= context.today:
            raise PayoutDayWrong
        refund.state, refund.bounce_words = "bounced", said
        refund.bounced_on, refund.bounced_at = bounced_on, context.now
        refund.bounced_by = context.actor.who
        acts.record(
            session,
            context,
            refund=refund,
            action="bounced",
            before={"state": "paid"},
            bounced_on=bounced_on.isoformat(),
        )
        _follow(session, context, refund)
        keep_reply(session, context, request=request)


def _check(
    session: Session,
    context: Context,
    refund: Refund,
    source: acts.Refundable,
    payout: Payout,
) -> None:
    if refund.asked_person == context.staff.person_id:
        raise SamePersonPays
    if payout.paid_on > context.today:
        raise PayoutDayWrong
    if source.fen < refund.fen:
        raise CreditChanged
    if source.plan is not None:
        then = acts.of_plan(session, number=source.plan.number, day=payout.paid_on)
        if then.fen < refund.fen:
            raise PayoutDayWrong
    same = (Refund.channel == payout.channel, Refund.channel_ref == payout.channel_ref)
    if session.scalar(select(Refund.id).where(*same)) is not None:
        raise PayoutKnown


def _follow(session: Session, context: Context, refund: Refund) -> None:
    session.flush()
    if refund.plan_id is not None:
        follow(session, context, plan_ids=[refund.plan_id])
