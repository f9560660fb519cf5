"""Pictures of transfers as their borrower and finance see them. Reads only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.errors import NotFound
from app.domain.evidence import MOST_PROOFS, PROOF_CONSENT, PROOF_REASONS
from app.domain.masks import masked_name
from app.domain.references import reference_of
from app.domain.states import KEPT_PLANS
from app.models import Agreement, Borrower, Payment, Plan, PlanVersion, ProofView, TransferProof
from app.services.core.context import Context
from app.services.keeping.proof_queries import APART, open_proofs
from app.services.signin.consent_queries import holds_consent

OWN_ROWS = 12


@dataclass(frozen=True)
class OwnProof:
    """A picture of a transfer as its borrower sees it; `state`: waiting, came (money of its sum
    counts by itself), matched, unfound; `reason` in words where it was not found. Units: fen.
    """

    public_id: str
    fen: int
    paid_on: date
    pages: int
    received_at: datetime
    state: str
    reason: str
    is_kept: bool


@dataclass(frozen=True)
class OwnProofs:
    """A borrower's page of the pictures for a plan."""

    agreement: str
    reference: str
    proofs: tuple[OwnProof, ...]
    may_send: bool
    has_consented: bool


@dataclass(frozen=True)
class FittingPayment:
    """An unmatched payment of the sum of a picture and about its day. Units: fen."""

    public_id: str
    channel: str
    channel_ref: str
    paid_on: date
    arrived_on: date
    fen: int


@dataclass(frozen=True)
class WaitingProof:
    """A picture that waits for finance, the borrower masked. Units: fen; days since it came.

    `seen`: how often a page of it was read.
    """

    public_id: str
    reference: str
    borrower: str
    fen: int
    paid_on: date
    pages: int
    received_at: datetime
    days: int
    seen: int
    fitting: tuple[FittingPayment, ...]


def own_proofs(
    session: Session, context: Context, *, borrower_id: int, agreement: str
) -> OwnProofs:
    """Return the pictures a borrower sent for a plan, the newest first.

    Raises: NotFound, also for an agreement of someone else.
    """
    query = (
        select(Plan)
        .join(PlanVersion, PlanVersion.plan_id == Plan.id)
        .join(Agreement, Agreement.version_id == PlanVersion.id)
        .where(Agreement.number == agreement, Plan.borrower_id == borrower_id)
    )
    plan = session.scalars(query).one_or_none()
    if plan is None:
        raise NotFound
    mine = select(TransferProof).where(TransferProof.plan_id == plan.id)
    rows = session.scalars(mine.order_by(TransferProof.id.desc()).limit(OWN_ROWS)).all()
    still = {one.id for one in open_proofs(session, plan_ids=[plan.id])}
    waiting = [one for one in rows if one.state == "waiting"]
    return OwnProofs(
        agreement=agreement,
        reference=reference_of(plan.number),
        proofs=tuple(_own(one, is_open=one.id in still) for one in rows),
        may_send=plan.state in KEPT_PLANS and len(waiting) < MOST_PROOFS,
        has_consented=holds_consent(session, borrower_id=borrower_id, document=PROOF_CONSENT),
    )


def waiting_proofs(session: Session, context: Context) -> tuple[WaitingProof, ...]:
    """Return every picture for which no money is found, the oldest first, each with the unmatched
    payments that fit: the same sum, about the same day.

    Source: I-16.
    """
    proofs = open_proofs(session)
    if not proofs:
        return ()
    ids = [one.id for one in proofs]
    query = select(Plan.id, Plan.number, Borrower).join(Borrower, Borrower.id == Plan.borrower_id)
    found = session.execute(query.where(Plan.id.in_({one.plan_id for one in proofs})))
    plans = {plan_id: (number, borrower) for plan_id, number, borrower in found}
    views = select(ProofView.proof_id, func.count()).where(ProofView.proof_id.in_(ids))
    seen = {key: count for key, count in session.execute(views.group_by(ProofView.proof_id))}
    free = fitting_payments(session, proofs=proofs)
    return tuple(
        WaitingProof(
            public_id=one.public_id,
            reference=reference_of(plans[one.plan_id][0]),
            borrower=_masked(context, plans[one.plan_id][1]),
            fen=one.fen,
            paid_on=one.paid_on,
            pages=one.pages if one.deleted_at is None else 0,
            received_at=one.received_at,
            days=(context.today - beijing_date(one.received_at)).days,
            seen=seen.get(one.id, 0),
            fitting=tuple(
                FittingPayment(
                    money.public_id,
                    money.channel,
                    money.channel_ref,
                    money.paid_on,
                    money.arrived_on,
                    money.fen,
                )
                for money in free
                if fits(one, money)
            ),
        )
        for one in proofs
    )


def proofs_waiting(session: Session) -> int:
    """Return how many pictures wait for finance."""
    return len(open_proofs(session))


def fits(proof: TransferProof, payment: Payment) -> bool:
    """Tell whether a payment has the sum of a picture and about its day."""
    return payment.fen == proof.fen and abs(payment.paid_on - proof.paid_on) <= APART


def fitting_payments(session: Session, *, proofs: Iterable[TransferProof]) -> Sequence[Payment]:
    """Return the unmatched payments that have one of the sums."""
    query = select(Payment).where(
        # Written out: a partial index is not seen behind a value that is bound.
        Payment.state == literal("unmatched", literal_execute=True),
        Payment.reverses_ref == "",
        Payment.fen.in_({one.fen for one in proofs}),
    )
    return session.scalars(query.order_by(Payment.arrived_on, Payment.id)).all()


def _own(one: TransferProof, *, is_open: bool) -> OwnProof:
    state = "came" if one.state == "waiting" and not is_open else one.state
    return OwnProof(
        public_id=one.public_id,
        fen=one.fen,
        paid_on=one.paid_on,
        pages=one.pages,
        received_at=one.received_at,
        state=state,
        reason=PROOF_REASONS.get(one.reason or "", ""),
        is_kept=one.deleted_at is None,
    )


def _masked(context: Context, borrower: Borrower) -> str:
    place = {"table": "borrowers", "row": borrower.public_id, "column": "name"}
    return masked_name(context.vault.unseal(borrower.name_enc, **place))
