"""A reversal that waits for a person is let to count: a step of the use case that does so. Never
commits.
"""

from sqlalchemy.orm import Session

from app.domain.repayments.traits import MatchReason
from app.models import Payment
from app.services.core import audit
from app.services.core.context import Context
from app.services.repayments.judging import BY_REVERSAL, GONE_AGAIN
from app.services.repayments.posting import (
    PaymentMoved,
    ReversalKept,
    add_matches,
    after_money,
    check_not_carried,
    lock_ends,
    lock_payment,
    reasons_kept,
    shares_of,
    shares_told,
)


def take_back(session: Session, context: Context, *, reversal: Payment, actor: str) -> None:
    """Let a reversal go where its payment went; of money that was nobody's both are closed. The
    last step of a use case but its own rows.

    Locks as `place`, the payment before its reversal.
    Raises: ReversalKept where its payment is not known or the amounts differ; PaymentMoved unless
            the reversal waits; PaymentReversed where its payment was taken back already;
            CarriedOver where it lies with an agreement that was replaced.
    Source: rules part 1, how a signed plan is kept.
    """
    original = _original(session, reversal)
    shares = shares_of(session, payment_id=original.id)
    ends = lock_ends(session, destinations=[one.destination for one in shares])
    check_not_carried(session, destinations=[one.destination for one in shares])
    lock_payment(session, payment=original, state="matched" if shares else "unmatched")
    lock_payment(session, payment=reversal, state="unmatched")
    if shares != shares_of(session, payment_id=original.id):
        raise PaymentMoved
    if shares:
        reasons = reasons_kept([MatchReason(BY_REVERSAL)])
        told = {"rule": BY_REVERSAL, "reasons": reasons, "actor": actor, "at": context.now}
        add_matches(session, payment=reversal, shares=shares, ends=ends, told=told)
    else:
        for one in (original, reversal):
            one.state, one.reason = "returned", GONE_AGAIN
        session.flush()
    after_money(session, context, plan_ids=ends.plans.values(), loan_ids=ends.loans.values())
    audit.record(
        session,
        context,
        action="payment_taken_back",
        object_kind="payment",
        object_id=original.public_id,
        after={"reversal": reversal.public_id, "shares": shares_told(shares)},
    )


def _original(session: Session, reversal: Payment) -> Payment:
    if reversal.reverses_id is None:
        raise ReversalKept
    original = session.get_one(Payment, reversal.reverses_id)
    if original.fen != reversal.fen or original.reverses_ref:
        raise ReversalKept
    return original
