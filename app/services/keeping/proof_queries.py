"""Pictures of transfers that nobody has answered yet. Reads only."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from app.domain.evidence import PROOF_DAYS_APART
from app.models import Match, Payment, TransferProof

APART = timedelta(days=PROOF_DAYS_APART)


def open_proofs(
    session: Session, *, plan_ids: Iterable[int] | None = None
) -> tuple[TransferProof, ...]:
    """Return the pictures of transfers for which no money is found and which nobody has answered,
    of these plans or of all, the oldest first. Two queries, one where none waits.

    One is open no longer once a payment of its sum and about its day counts for its plan, each
    payment for one picture. **A plan with an open one is never broken**: money that was received
    may be unmatched and could be this plan's.
    Source: rules part 1, how a signed plan is kept: broken.
    """
    # Written out: a partial index is not seen behind a value that is bound.
    waits = TransferProof.state == literal("waiting", literal_execute=True)
    query = select(TransferProof).where(waits).order_by(TransferProof.id)
    if plan_ids is not None:
        query = query.where(TransferProof.plan_id.in_(tuple(plan_ids)))
    waiting = session.scalars(query).all()
    if not waiting:
        return ()
    came = _came(session, waiting)
    return tuple(one for one in waiting if not _takes(came, one))


def plans_with_open_proofs(session: Session, *, plan_ids: Iterable[int]) -> frozenset[int]:
    """Return those of the plans for which a picture of a transfer waits: none of them is broken.

    Source: rules part 1, how a signed plan is kept: broken.
    """
    return frozenset(one.plan_id for one in open_proofs(session, plan_ids=plan_ids))


def _came(session: Session, waiting: Iterable[TransferProof]) -> list[tuple[int | None, Payment]]:
    """What counts for their plans in one of their sums and is no other picture's."""
    taken = select(TransferProof.payment_id).where(TransferProof.payment_id.is_not(None))
    query = (
        select(Match.plan_id, Payment)
        .join(Payment, Payment.id == Match.payment_id)
        .where(
            Match.plan_id.in_({one.plan_id for one in waiting}),
            Match.undone_at.is_(None),
            Payment.reverses_id.is_(None),
            Payment.fen.in_({one.fen for one in waiting}),
            Payment.id.not_in(taken),
        )
        .order_by(Payment.paid_on, Payment.id)
    )
    return [(plan_id, payment) for plan_id, payment in session.execute(query)]


def _takes(came: list[tuple[int | None, Payment]], proof: TransferProof) -> bool:
    for place, (plan_id, payment) in enumerate(came):
        is_near = abs(payment.paid_on - proof.paid_on) <= APART
        if plan_id == proof.plan_id and payment.fen == proof.fen and is_near:
            del came[place]
            return True
    return False
