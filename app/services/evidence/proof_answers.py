"""Finance reads a picture of a transfer on record, and answers it: matched to a payment, or not
found.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.evidence import PROOF_REASONS
from app.domain.repayments.directory import Destination
from app.domain.repayments.traits import MatchReason
from app.domain.texts import N_
from app.models import Payment, Plan, ProofView, TransferProof
from app.services.claims import acts
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.evidence.files import read_page
from app.services.evidence.proof_queries import fits
from app.services.repayments import posting

BY_PERSON = "person"
WORDS = "借款人传来转账凭证，金额和日期对得上"


class ProofAnswered(RuleBroken):
    """A colleague was first."""

    code = "proof_answered"
    message = N_("别的同事刚刚处理了这张凭证")


class ProofDiffers(RuleBroken):
    """The payment is not of its sum and day."""

    code = "proof_differs"
    message = N_("这笔款的金额或日期和凭证对不上，请打开这笔款自己认领")


class ProofReasonNeeded(RuleBroken):
    """Nobody said why it was not found."""

    code = "proof_reason_needed"
    message = N_("请选一选，为什么没有查到")


class ProofNotRead(RuleBroken):
    """Only who has read it answers that no money is found."""

    code = "proof_not_read"
    message = N_("请先打开图看过，再答复")


def view_proof(session: Session, context: Context, *, public_id: str, page: int) -> bytes:
    """Return one page of a picture as a JPEG; each view is on record.

    Raises: NotFound, also once it was deleted.
    Source: I-02, I-04.
    """
    with transaction(session):
        found = _proof(session, public_id)
        content = _content(context, found, page)
        session.add(
            ProofView(proof_id=found.id, staff_id=context.staff.staff_id, page=page, at=context.now)
        )
        _record(session, context, found, "proof.viewed", page=page)
        return content


def own_proof_page(
    session: Session, context: Context, *, borrower_id: int, public_id: str, page: int
) -> bytes:
    """Return one page of a picture to who sent it.

    Raises: NotFound, also for another borrower's.
    """
    mine = select(TransferProof).join(Plan, Plan.id == TransferProof.plan_id)
    found = session.scalars(
        mine.where(TransferProof.public_id == public_id, Plan.borrower_id == borrower_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    return _content(context, found, page)


def match_proof(
    session: Session, context: Context, *, public_id: str, payment: str, request_key: str
) -> None:
    """Lay an unmatched payment that fits a picture on its plan, with the picture as the reason.

    Idempotent on: request_key for one member of staff.
    Raises: NotFound, ProofAnswered, ProofDiffers, PaymentSettled, PaymentOfAnother, ReversalKept,
            PaymentReversed, KeyReused.
    Source: rules part 1, how a signed plan is kept; ADR 0084.
    """
    request = acts.asked(context, act="proof", key=request_key, content=(public_id, payment))
    with transaction(session):
        money = acts.begin(session, context, public_id=payment)
        if acts.is_done(session, request=request):
            return
        found = _proof(session, public_id)
        acts.check_still(context, payment=money, state="unmatched")
        acts.check_ours(session, payment=money)
        _check_fits(found, money)
        number = session.get_one(Plan, found.plan_id).number
        posting.place(
            session,
            context,
            payment=money,
            shares=[posting.Share(Destination("plan", number), money.fen)],
            rule=BY_PERSON,
            reasons=[MatchReason("proof", seen=found.public_id, fen=found.fen)],
            actor=context.actor.who,
        )
        # Plans and loans are locked before it, as by everyone who lays money.
        found = _locked(session, public_id)
        _check_waits(found)
        money.owner_id = money.owned_at = None
        found.state, found.payment_id = "matched", money.id
        found.answered_by, found.answered_at = context.staff.staff_id, context.now
        acts.keep_act(session, context, payment=money, act="matched", words=WORDS, request=request)
        _record(session, context, found, "proof.matched", payment=money.public_id)


def answer_proof(session: Session, context: Context, *, public_id: str, reason: str) -> None:
    """Answer that no money is found for a picture, and why; its borrower reads it at once.

    Idempotent on: the reason.
    Raises: NotFound, ProofReasonNeeded, ProofNotRead, ProofAnswered.
    Source: ADR 0084.
    """
    if reason not in PROOF_REASONS:
        raise ProofReasonNeeded
    with transaction(session):
        found = _locked(session, public_id)
        if found.state == "unfound" and found.reason == reason:
            return
        _check_waits(found)
        mine = (ProofView.proof_id == found.id, ProofView.staff_id == context.staff.staff_id)
        was_read = session.scalar(select(ProofView.id).where(*mine).limit(1)) is not None
        # What its borrower took back nobody can read any more.
        if not was_read and found.deleted_at is None:
            raise ProofNotRead
        found.state, found.reason = "unfound", reason
        found.answered_by, found.answered_at = context.staff.staff_id, context.now
        _record(session, context, found, "proof.unfound", reason=reason)


def _proof(session: Session, public_id: str) -> TransferProof:
    query = select(TransferProof).where(TransferProof.public_id == public_id)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def _locked(session: Session, public_id: str) -> TransferProof:
    found = _proof(session, public_id)
    session.refresh(found, with_for_update=True)
    return found


def _check_fits(proof: TransferProof, payment: Payment) -> None:
    _check_waits(proof)
    if not fits(proof, payment):
        raise ProofDiffers


def _check_waits(proof: TransferProof) -> None:
    if proof.state != "waiting":
        raise ProofAnswered


def _content(context: Context, proof: TransferProof, page: int) -> bytes:
    if proof.deleted_at is not None or not 1 <= page <= proof.pages:
        raise NotFound
    return read_page(context, row=proof.public_id, page=page)


def _record(
    session: Session, context: Context, proof: TransferProof, action: str, **told: object
) -> None:
    session.flush()
    audit.record(
        session,
        context,
        action=action,
        object_kind="proof",
        object_id=proof.public_id,
        after=told,
    )
