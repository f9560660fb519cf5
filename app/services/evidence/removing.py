"""Papers go: taken back by their borrower, with the consent to private ones, or by a job some days
after the decision. What was found in them stays.
"""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app.domain.errors import NotFound
from app.domain.evidence import CONSENT, PROOF_CONSENT, TAKES_PAPERS
from app.models import Evidence, Plan, PlanVersion, TransferProof
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.policy import active_policy
from app.services.core.transaction import transaction
from app.services.evidence.files import erase_pages
from app.services.keeping.proof_queries import open_proofs
from app.services.signin.consents import withdraw_consent

ACTOR = Actor("job:lapsing")


def remove_paper(session: Session, context: Context, *, borrower_id: int, paper: str) -> None:
    """Delete one's own paper, file and all.

    Idempotent on: the paper.
    Raises: NotFound, also for another borrower's; GatewayDown, then nothing is said to be deleted.
    Source: I-05.
    """
    with transaction(session):
        mine = select(Evidence).join(Plan, Plan.id == Evidence.plan_id)
        query = mine.where(Evidence.public_id == paper, Plan.borrower_id == borrower_id)
        found = session.scalars(query.with_for_update(of=Evidence)).one_or_none()
        if found is None:
            raise NotFound
        if found.deleted_at is None:
            _remove(session, context, found, "taken_back")


def take_papers_back(session: Session, context: Context, *, borrower_id: int) -> bool:
    """Withdraw the consent to bank and medical papers and delete every one; return whether there
    was a consent.

    Idempotent on: the consent.
    Raises: GatewayDown, then nothing is said to be deleted.
    Source: I-01, I-02, I-05.
    """
    with transaction(session):
        if not withdraw_consent(session, context, borrower_id=borrower_id, name=CONSENT):
            return False
        query = (
            select(Evidence)
            .join(Plan, Plan.id == Evidence.plan_id)
            .where(Plan.borrower_id == borrower_id, Evidence.deleted_at.is_(None))
            .where(Evidence.consent_id.is_not(None))
            .order_by(Evidence.id)
        )
        for paper in session.scalars(query.with_for_update(of=Evidence)).all():
            _remove(session, context, paper, "consent_withdrawn")
        _tell_withdrawn(session, context, CONSENT)
    return True


def take_proofs_back(session: Session, context: Context, *, borrower_id: int) -> bool:
    """Withdraw the consent to pictures of transfers and delete every one; return whether there was
    a consent. What was paid by them stays paid, what waits is answered without them.

    Idempotent on: the consent.
    Raises: GatewayDown, then nothing is said to be deleted.
    Source: I-01, I-02, I-05.
    """
    with transaction(session):
        if not withdraw_consent(session, context, borrower_id=borrower_id, name=PROOF_CONSENT):
            return False
        proofs = (
            select(TransferProof)
            .join(Plan, Plan.id == TransferProof.plan_id)
            .where(Plan.borrower_id == borrower_id, TransferProof.deleted_at.is_(None))
            .order_by(TransferProof.id)
        )
        for proof in session.scalars(proofs.with_for_update(of=TransferProof)).all():
            _remove_proof(session, context, proof, "consent_withdrawn")
        _tell_withdrawn(session, context, PROOF_CONSENT)
    return True


def _tell_withdrawn(session: Session, context: Context, document: str) -> None:
    audit.record(
        session,
        context,
        action="consent.withdrawn",
        object_kind="borrower",
        object_id=context.actor.who.partition(":")[2],
        after={"document": document},
    )


def remove_old_papers(session: Session, context: Context, *, limit: int) -> int:
    """Delete up to `limit` papers whose plan was decided the policy's days ago; return how many.

    Idempotent on: the paper.
    Source: I-04; default policy, evidence_days.
    """
    days = active_policy(session)[1].clocks.evidence_days
    # A plan is decided once its last version is; an appeal opens it again.
    newest = aliased(PlanVersion)
    last = select(func.max(newest.id)).where(newest.plan_id == Evidence.plan_id)
    decided = func.coalesce(PlanVersion.decided_at, PlanVersion.ended_at)
    query = (
        select(Evidence)
        .join(PlanVersion, PlanVersion.id == last.scalar_subquery())
        .where(Evidence.deleted_at.is_(None), PlanVersion.state.not_in(TAKES_PAPERS))
        .where(decided <= context.now - timedelta(days=days))
        .order_by(Evidence.id)
        .limit(limit)
    )
    with transaction(session):
        found = session.scalars(query.with_for_update(of=Evidence, skip_locked=True)).all()
        for paper in found:
            _remove(session, context.by(ACTOR), paper, "kept_long_enough")
    return len(found)


def remove_old_proofs(session: Session, context: Context, *, limit: int) -> int:
    """Delete up to `limit` pictures of transfers that came the policy's days ago and were answered
    or have their money; return how many.

    Idempotent on: the picture.
    Source: I-04; default policy, evidence_days.
    """
    days = active_policy(session)[1].clocks.evidence_days
    query = (
        select(TransferProof)
        .where(
            TransferProof.deleted_at.is_(None),
            TransferProof.received_at <= context.now - timedelta(days=days),
        )
        .order_by(TransferProof.id)
        .limit(limit)
    )
    with transaction(session):
        found = session.scalars(query.with_for_update(skip_locked=True)).all()
        waiting = {one.id for one in open_proofs(session, plan_ids=[one.plan_id for one in found])}
        old = [one for one in found if one.id not in waiting]
        for proof in old:
            _remove_proof(session, context.by(ACTOR), proof, "kept_long_enough")
    return len(old)


def _remove_proof(session: Session, context: Context, proof: TransferProof, why: str) -> None:
    # The file goes first, as with papers.
    erase_pages(context, row=proof.public_id)
    proof.deleted_at, proof.deleted_why = context.now, why
    proof.request_key = f"deleted:{proof.public_id}"
    audit.record(
        session,
        context,
        action="proof.deleted",
        object_kind="proof",
        object_id=proof.public_id,
        after={"why": why, "sha256": proof.sha256, "state": proof.state},
    )


def _remove(session: Session, context: Context, paper: Evidence, why: str) -> None:
    # The file goes first: where the row is not committed after it, the next turn finds it gone and
    # says so; the other way round it would stay for ever.
    erase_pages(context, row=paper.public_id)
    paper.deleted_at, paper.deleted_why = context.now, why
    # The same file may be given again.
    paper.request_key = f"deleted:{paper.public_id}"
    audit.record(
        session,
        context,
        action="evidence.deleted",
        object_kind="evidence",
        object_id=paper.public_id,
        after={"why": why, "sha256": paper.sha256, "verdict": paper.verdict},
    )
