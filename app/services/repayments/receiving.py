"""One payment that the lender's own system brings as it comes: the way of a line of a file."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.nightly_fields import RowFault
from app.domain.repayments.posted import FIELD_OF
from app.domain.repayments.row import RepaymentRow
from app.models import Payment, new_public_id
from app.services.core.context import Context
from app.services.core.request_keys import Request, keep_reply, reply_before
from app.services.core.transaction import one_batch_of_money_at_a_time, stand_on_book
from app.services.repayments.asks import StoredAsks
from app.services.repayments.importing import in_one
from app.services.repayments.judging import JudgedBatch, judge_batch
from app.services.repayments.posting import shares_of
from app.services.repayments.reading import GoodLine
from app.services.repayments.storing import store_batch

ROUTE = "api.payments"


class PaymentRefused(RuleBroken):
    """The payment cannot be stored as it was told; nothing of it is. `field` is its name there."""

    def __init__(self, fault: RowFault) -> None:
        super().__init__(fault.message)
        self.field, self.code = fault.field, fault.code


@dataclass(frozen=True)
class PostedShare:
    """What of a payment is on which plan or loan. Units: fen."""

    kind: str
    ref: str
    fen: int


@dataclass(frozen=True)
class PostedPayment:
    """What became of a payment: matched to something, waiting for a person (why, and who it may be
    for), or returned; `is_duplicate` where it was on record before.
    """

    payment: str
    state: str
    reason: str
    is_duplicate: bool
    shares: tuple[PostedShare, ...]
    suggestions: tuple[str, ...] = ()


def receive_payment(
    session: Session, context: Context, *, row: RepaymentRow, request_key: str
) -> dict[str, Any]:
    """Store one payment, match it, let all follow from it, and return what became of it.

    Idempotent on: who calls and request_key; a payment that is on record is told as such. What
                   was refused leaves no trace of its key. Moves no day that files cover.
    Units:  fen.
    Raises: PaymentRefused (`changed` where its number is on record with other facts); KeyReused;
            MoneyMoving.
    Source: ADR 0087; rules part 1, how a signed plan is kept.
    """
    # By a keyed hash: a payer's name is in it.
    content = json.dumps(asdict(row), ensure_ascii=False, default=str, sort_keys=True)
    body = context.vault.fingerprint(content, purpose="request")
    key = hashlib.sha256(request_key.encode()).hexdigest()
    request = Request(context.actor.who, ROUTE, key, body)
    return in_one(session, step=lambda: _received(session, context, row, request))


def _received(
    session: Session, context: Context, row: RepaymentRow, request: Request
) -> dict[str, Any]:
    # Whoever comes with the same key meanwhile waits here and then finds the reply.
    one_batch_of_money_at_a_time(session)
    if (before := reply_before(session, request=request)) is not None:
        return _read(before["told"])
    stand_on_book(session)
    batch = judge_batch(
        session,
        context,
        lines=[GoodLine(1, row)],
        asks=StoredAsks(session, context),
        waiting=[],
        is_last=True,
    )
    if batch.rejected:
        (line,) = batch.rejected
        field = FIELD_OF.get(line.field, line.field)
        raise PaymentRefused(RowFault(field, line.code, line.message))
    store_batch(session, context, batch=batch, file_id=None, file_public_id=new_public_id())
    told = json.dumps(asdict(_told(session, row, batch)), ensure_ascii=False)
    keep_reply(session, context, request=request, told=told)
    # Read as the next one with this key reads it.
    return _read(told)


def _read(told: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(told)
    return found


def _told(session: Session, row: RepaymentRow, batch: JudgedBatch) -> PostedPayment:
    mine = (Payment.channel == row.channel, Payment.channel_ref == row.channel_ref)
    payment = session.scalars(select(Payment).where(*mine)).one()
    shares = shares_of(session, payment_id=payment.id)
    return PostedPayment(
        payment=payment.public_id,
        state=payment.state,
        reason=payment.reason,
        is_duplicate=batch.duplicates > 0,
        shares=tuple(PostedShare(*one.destination, one.fen) for one in shares),
        suggestions=tuple(name for one in batch.new for name in one.suggestions),
    )
