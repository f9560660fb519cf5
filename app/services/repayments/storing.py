"""A judged batch put on record: payments, whose they are, one entry of the trail. Never commits."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.domain.repayments.directory import Destination
from app.domain.states import KEPT_PLANS
from app.models import Match, Payment, Plan, PlanLoan, new_public_id
from app.services.core import audit
from app.services.core.context import Context
from app.services.repayments.judging import (
    GONE_AGAIN,
    JudgedBatch,
    NewPayment,
    PaymentKey,
    stored_original,
)
from app.services.repayments.posting import Ends, after_money, lock_ends, reasons_kept
from app.services.repayments.sealing import hashes_of, sealed_words


class BatchOvertaken(Exception):
    """What a batch was judged by has changed meanwhile: it is judged anew."""


def store_batch(
    session: Session,
    context: Context,
    *,
    batch: JudgedBatch,
    file_id: int | None,
    file_public_id: str,
) -> None:
    """Store the new payments of a batch with their matches. Money that comes by no file has no
    `file_id`, and `file_public_id` is then that of its first payment.

    Raises: BatchOvertaken where a plan has begun or ended since, or a payment was moved; then
            nothing of it may be kept.
    """
    if not batch.new:
        return
    ends = _locked(session, batch)
    public_ids = {one.key: new_public_id() for one in batch.new}
    if file_id is None:
        public_ids[batch.new[0].key] = file_public_id
    ids = _add_payments(session, context, batch, file_id, public_ids)
    _add_matches(session, context, batch.new, ids, ends)
    after_money(session, context, plan_ids=ends.plans.values(), loan_ids=ends.loans.values())
    audit.record(
        session,
        context,
        action="repayments_posted",
        object_kind="payment" if file_id is None else "statement_file",
        object_id=file_public_id,
        after=_told(batch.new),
    )


def signed_fen(one: NewPayment) -> int:
    """Return what a payment adds to the money there is: a reversal takes it away. Units: fen."""
    return -one.row.fen if one.row.reverses else one.row.fen


def _locked(session: Session, batch: JudgedBatch) -> Ends:
    """Lock everything the batch touches in the order of every use case, and see that it is still as
    it was judged.
    """
    shares = [share for one in batch.new for share in one.shares]
    paid = [share for one in batch.new if not one.row.reverses for share in one.shares]
    ends = lock_ends(session, destinations={share.destination for share in shares})
    _see_that_they_run(session, ends, {share.destination for share in paid})
    taken = {one.original for one in batch.new if one.row.reverses and one.state != "unmatched"}
    for key in sorted(taken & batch.originals.keys()):
        before = batch.originals[key]
        original = session.get_one(Payment, before.id, with_for_update=True, populate_existing=True)
        if stored_original(session, payment=original) != before:
            raise BatchOvertaken
        if original.state == "unmatched":
            original.state, original.reason = "returned", GONE_AGAIN
    session.flush()
    return ends


def _see_that_they_run(session: Session, ends: Ends, paid: set[Destination]) -> None:
    plans = {ends.plans[one.ref] for one in paid if one.kind == "plan"}
    loans = {ends.loans[one.ref] for one in paid if one.kind == "loan"}
    over = select(Plan.id).where(Plan.id.in_(plans), Plan.state.not_in(KEPT_PLANS))
    begun = (
        select(PlanLoan.id)
        .join(Plan, Plan.id == PlanLoan.plan_id)
        .where(PlanLoan.loan_id.in_(loans), Plan.state.in_(KEPT_PLANS))
    )
    if any(session.scalar(query.limit(1)) is not None for query in (over, begun)):
        raise BatchOvertaken


def _add_payments(
    session: Session,
    context: Context,
    batch: JudgedBatch,
    file_id: int | None,
    public_ids: Mapping[PaymentKey, str],
) -> Mapping[PaymentKey, int]:
    """Add the payments, then what takes them back; return all ids by key."""
    ids = {key: one.id for key, one in batch.originals.items()}
    for is_back in (False, True):
        some = [one for one in batch.new if bool(one.row.reverses) == is_back]
        if some:
            values = [
                _values(context, one, public_ids[one.key])
                | {"file_id": file_id, "reverses_id": ids.get(one.original)}
                | ({"line": None} if file_id is None else {})
                for one in some
            ]
            adding = insert(Payment).returning(Payment.id, sort_by_parameter_order=True)
            added = session.scalars(adding, values)
            ids.update(zip((one.key for one in some), added, strict=True))
    return ids


def _values(context: Context, one: NewPayment, public_id: str) -> dict[str, Any]:
    row = one.row
    payer_hmac, account_hmac = hashes_of(context.vault, row)
    return {
        "public_id": public_id,
        "channel": row.channel,
        "channel_ref": row.channel_ref,
        "line": one.line,
        "paid_on": row.paid_on,
        "arrived_on": row.arrived_on,
        "posted_at": context.now,
        "fen": row.fen,
        "loan_ref": row.loan_ref,
        "words_enc": sealed_words(context.vault, row, public_id),
        "payer_hmac": payer_hmac,
        "account_hmac": account_hmac,
        "key_version": context.vault.key_version,
        "reverses_ref": row.reverses,
        "state": one.state,
        "reason": one.reason,
    }


def _add_matches(
    session: Session,
    context: Context,
    new: Sequence[NewPayment],
    ids: Mapping[PaymentKey, int],
    ends: Ends,
) -> None:
    values = [
        {
            "payment_id": ids[one.key],
            "number": number,
            **ends.columns(share.destination),
            "fen": share.fen,
            "rule": one.rule,
            "reasons": reasons_kept(one.reasons),
            "actor": context.actor.who,
            "at": context.now,
        }
        for one in new
        for number, share in enumerate(one.shares, 1)
    ]
    if values:
        session.execute(insert(Match), values)


def _told(new: Sequence[NewPayment]) -> dict[str, int | str]:
    """Return a batch as the trail tells it: counts, the sum, and a hash over every line's facts."""
    facts = [
        (
            one.line,
            *one.key,
            one.row.paid_on.isoformat(),
            one.row.arrived_on.isoformat(),
            one.row.fen,
            one.row.reverses,
        )
        for one in new
    ]
    said = json.dumps(facts, ensure_ascii=False)
    return {
        "first_line": new[0].line,
        "last_line": new[-1].line,
        "posted": len(new),
        "matched": sum(one.state == "matched" for one in new),
        "fen": sum(map(signed_fen, new)),
        "rows_sha256": hashlib.sha256(said.encode()).hexdigest(),
    }
