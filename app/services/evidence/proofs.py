"""A borrower shows a picture of a transfer: what was paid, when. No money is booked by it."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.errors import DomainError, RuleBroken
from app.domain.evidence import FILE_BYTES, MOST_PROOFS, PROOF_CONSENT, PROOF_DAYS_BACK
from app.domain.spans import within
from app.domain.states import KEPT_PLANS
from app.domain.texts import N_
from app.models import Consent, Plan, TransferProof, new_public_id
from app.ports.pictures import PictureRefused
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.core.transaction import transaction
from app.services.evidence.adding import DAY, TooLarge, TooManyUploads
from app.services.evidence.files import let_go_pages, store_pages
from app.services.signin.consents import give_consent
from app.services.vouchers.money_queries import signed_account


class ProofSum(RuleBroken):
    """A transfer is above zero."""

    code = "proof_sum"
    message = N_("请写转了多少，要比 0 多")


class ProofDay(RuleBroken):
    """A transfer was made by today, and not long ago."""

    code = "proof_day"
    message = N_("请选转账的那一天，最早 %(days)s 天前，最晚今天")
    values = MappingProxyType({"days": PROOF_DAYS_BACK})


class ProofNotNeeded(RuleBroken):
    """No money is asked for the plan any more."""

    code = "proof_not_needed"
    message = N_("这份方案已经不用付款了。转了钱的，请打电话给我们")


class ProofConsentNeeded(RuleBroken):
    """A picture of a transfer is taken only with a consent of its own."""

    code = "consent_needed"
    message = N_("银行的截图里有敏感的信息，要您单独同意才收；不同意，写对备注就行，不用传")


class TooManyProofs(RuleBroken):
    """Enough wait for an answer."""

    code = "too_many_proofs"
    message = N_("已经有 %(most)s 张在核对了，有了结果再传；着急的话，请打电话给我们")
    values = MappingProxyType({"most": MOST_PROOFS})


@dataclass(frozen=True)
class SentProof:
    """A picture as it came, and what its borrower says of it. Units: fen."""

    fen: int
    paid_on: date
    content: bytes = field(repr=False)
    has_consented: bool


def send_proof(
    session: Session, context: Context, *, borrower_id: int, agreement: str, sent: SentProof
) -> str:
    """Keep a picture of a transfer as pictures made anew, sealed; return its public id.

    Units: bytes; fen.
    Idempotent on: the file with its sum and day, while it is kept.
    Raises: NotFound, also for someone else's agreement; ProofSum, ProofDay, ProofNotNeeded,
            ProofConsentNeeded, TooLarge, TooManyProofs, TooManyUploads, PictureRefused,
            GatewayDown; then nothing of it is kept.
    Source: I-02, I-04, V5.2.2; ADR 0084.
    """
    _check(context, sent)
    plan = signed_account(session, number=agreement, borrower_id=borrower_id).plan
    plan_id, key = plan.id, _key(context, plan.public_id, sent)
    before = _before(session, key)
    if before is not None:
        return before
    _check_room(session, context, plan_id, borrower_id)
    # Outside of the transaction: decoding takes a while, and nobody waits for it.
    session.rollback()
    pages = context.gateways.pictures.pictures(sent.content)
    row = new_public_id()
    store_pages(context, row=row, pages=pages)
    try:
        with transaction(session):
            session.get_one(Plan, plan_id, with_for_update=True)
            kept = _before(session, key)
            if kept is None:
                _check_room(session, context, plan_id, borrower_id)
                proof = _proof(context, sent, row, pages)
                proof.plan_id, proof.request_key = plan_id, key
                _keep(session, context, proof, borrower_id)
    except DomainError:
        let_go_pages(context, row=row)
        raise
    if kept is not None:
        let_go_pages(context, row=row)
    return kept or row


def _check(context: Context, sent: SentProof) -> None:
    if sent.fen <= 0:
        raise ProofSum
    back = timedelta(days=PROOF_DAYS_BACK)
    if not context.today - back <= sent.paid_on <= context.today:
        raise ProofDay
    if not sent.content:
        raise PictureRefused("kind")
    if len(sent.content) > FILE_BYTES:
        raise TooLarge
    if not sent.has_consented:
        raise ProofConsentNeeded


def _check_room(session: Session, context: Context, plan_id: int, borrower_id: int) -> None:
    if session.scalar(select(Plan.state).where(Plan.id == plan_id)) not in KEPT_PLANS:
        raise ProofNotNeeded
    waits = TransferProof.plan_id == plan_id, TransferProof.state == "waiting"
    if (session.scalar(select(func.count()).where(*waits)) or 0) >= MOST_PROOFS:
        raise TooManyProofs
    lately = (
        select(func.count(TransferProof.id))
        .join(Plan, Plan.id == TransferProof.plan_id)
        .where(Plan.borrower_id == borrower_id)
        .where(TransferProof.received_at.between(*within(context.now, DAY)))
    )
    if (session.scalar(lately) or 0) >= active_policy(session)[1].limits.uploads_per_day:
        raise TooManyUploads


def _proof(context: Context, sent: SentProof, row: str, pages: tuple[bytes, ...]) -> TransferProof:
    return TransferProof(
        public_id=row,
        fen=sent.fen,
        paid_on=sent.paid_on,
        pages=len(pages),
        sha256=hashlib.sha256(b"".join(pages)).hexdigest(),
        bytes=sum(map(len, pages)),
        received_at=context.now,
        state="waiting",
    )


def _keep(session: Session, context: Context, proof: TransferProof, borrower_id: int) -> None:
    give_consent(session, context, borrower_id=borrower_id, name=PROOF_CONSENT)
    session.flush()
    held = select(Consent.id).where(
        Consent.borrower_id == borrower_id,
        Consent.document == PROOF_CONSENT,
        Consent.withdrawn_at.is_(None),
    )
    proof.consent_id = session.scalars(held.order_by(Consent.id.desc()).limit(1)).one()
    session.add(proof)
    session.flush()
    audit.record(
        session,
        context,
        action="proof.sent",
        object_kind="proof",
        object_id=proof.public_id,
        after={
            "fen": proof.fen,
            "paid_on": proof.paid_on.isoformat(),
            "pages": proof.pages,
            "sha256": proof.sha256,
        },
    )


def _before(session: Session, key: str) -> str | None:
    query = select(TransferProof.public_id).where(TransferProof.request_key == key)
    return session.scalars(query).one_or_none()


def _key(context: Context, plan: str, sent: SentProof) -> str:
    content = hashlib.sha256(sent.content).hexdigest()
    parts = (context.actor.who, plan, str(sent.fen), sent.paid_on.isoformat(), content)
    return context.vault.fingerprint("\n".join(parts), purpose="request")
