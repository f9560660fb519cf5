"""A borrower's proposal becomes a plan: stored once, sealed, judged, approved at once or left to a
person; taken back.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.errors import NotFound, RuleBroken
from app.domain.notices import SUBMISSION_NOTICE, limitation_notice
from app.domain.plan import FiguresChanged
from app.domain.policy import Policy
from app.domain.spans import within
from app.domain.texts import N_
from app.models import Borrower, Plan, PlanLoan, PlanVersion, new_public_id
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.policy import active_policy
from app.services.core.request_keys import Request, keep_reply, reply_before
from app.services.core.transaction import transaction
from app.services.core.waiting import open_case
from app.services.hardship.records import seal_hardship
from app.services.plans.expiring import ExpiredOffer, expire_offers_on, record_expired
from app.services.plans.numbers import number_plan
from app.services.plans.steps import (
    LockedVersion,
    approval,
    close_plan,
    end_hold,
    end_ownership,
    hold_loans,
    keep_parts,
    keep_verdict,
    lock_version,
    move_version,
    tell_borrower,
)
from app.services.proposals import changing as proposal_changing
from app.services.proposals import drafts as proposal_drafts
from app.services.proposals.basis import OptionWithTerms, ProposalBasis
from app.services.proposals.change_queries import answered_by, is_changed, shown_hash
from app.services.proposals.changing import NothingChanged, Replaced
from app.services.proposals.draft_queries import DraftAnswers, draft_of, journey_basis

ROUTE = "plan.submit"


class AnswersMissing(RuleBroken):
    """There are no answers to submit, or another submission took them."""

    code = "answers_missing"
    message = N_("还有问题没有回答，请接着填")


class TooManySubmissions(RuleBroken):
    """More proposals within an hour than the policy takes; what was answered is kept."""

    code = "too_many"
    message = N_(
        "这一小时里提交和撤回的次数比较多，您填的都存着。请过一会儿再提交，或者打电话给我们"
    )


@dataclass(frozen=True)
class _Submission:
    basis: ProposalBasis
    borrower: Borrower
    chosen: OptionWithTerms
    draft: DraftAnswers
    lapsed: tuple[ExpiredOffer, ...]
    replaced: Replaced | None
    answer_by_on: date
    context: Context

    @property
    def is_at_once(self) -> bool:
        """Whether policy approves it by itself: every rule held."""
        return self.chosen.option.verdict == "at_once"


def submit_plan(
    session: Session,
    context: Context,
    *,
    borrower_id: int,
    loan_public_id: str,
    shown_sha256: str,
    request_key: str,
) -> str:
    """Make the option the borrower was shown a submitted version of a plan; return the version's
    public id.

    Where policy approves it at once the version is approved in the same transaction, else it waits
    for a person. An offer on the loan that is over ends first. Where a change was begun, the
    version takes the place of the one that is open: the same plan, hold, clock and validity.
    Idempotent on: request_key for one borrower; a second call returns the first version.
    Raises: NotFound, a MayNotPropose, AnswersMissing, NothingChanged, FiguresChanged, KeyReused,
            TooManySubmissions.
    Source: rules part 1, how a plan is computed; M-16, default policy, approved at once and hold on
            collection.
    """
    body = hashlib.sha256(f"{loan_public_id} {shown_sha256}".encode()).hexdigest()
    request = Request(context.actor.who, ROUTE, request_key, body)
    with transaction(session):
        proposal_drafts.lock_loans(session, borrower_id=borrower_id)
        done = reply_before(session, request=request)
        if done is not None:
            return str(done["version"])
        basis = journey_basis(
            session, context, borrower_id=borrower_id, loan_public_id=loan_public_id
        )
        basis.check_may_propose()
        _check_often(session, context, borrower_id)
        draft = _draft(session, context, basis, request_key)
        chosen = _chosen(context, basis, draft, shown_sha256)
        lapsed = expire_offers_on(session, context, loans=basis.loans)
        by = answered_by(session, basis=basis)
        replaced = proposal_changing.give_way(session, context, basis=basis)
        borrower = session.get_one(Borrower, borrower_id)
        submission = _Submission(basis, borrower, chosen, draft, lapsed, replaced, by, context)
        version = _store(session, context, submission)
        proposal_drafts.drop_drafts(session, basis=basis)
        keep_reply(session, context, request=request, version=version.public_id)
        _answer(session, context, submission, version)
        return version.public_id


def _check_often(session: Session, context: Context, borrower_id: int) -> None:
    """The borrower is locked. Taking back is never refused: who may not submit has soon nothing
    more to take back. Source: V2.4.1, default policy, submissions an hour.
    """
    mine = select(func.count()).where(
        PlanVersion.plan_id.in_(select(Plan.id).where(Plan.borrower_id == borrower_id)),
        PlanVersion.submitted_at.between(*within(context.now, timedelta(hours=1))),
    )
    if (session.scalar(mine) or 0) >= active_policy(session)[1].limits.submissions_per_hour:
        raise TooManySubmissions


def withdraw_plan(
    session: Session, context: Context, *, borrower_id: int, version_public_id: str
) -> None:
    """Take back a version that is not signed yet: its loans are free, its hold ends at once.

    Idempotent on: the version; one that was withdrawn before stays as it is.
    Raises: NotFound, also for someone else's version; StateChanged for one that can no longer be
            withdrawn.
    Source: product, states; default policy, hold on collection.
    """
    with transaction(session):
        locked = lock_version(
            session, context, version_public_id=version_public_id, borrower_id=borrower_id
        )
        before = locked.version.state
        if before == "withdrawn":
            return
        changes = move_version(session, locked=locked, to="withdrawn")
        close_plan(session, locked=locked)
        end_ownership(locked=locked)
        end_hold(session, locked=locked, until=context.now, by=context.actor.who)
        session.flush()
        audit.record(
            session,
            context,
            action="plan.withdrawn",
            object_kind="plan_version",
            object_id=version_public_id,
            before={"state": before},
            after=changes,
        )


def _draft(
    session: Session, context: Context, basis: ProposalBasis, request_key: str
) -> DraftAnswers:
    mine = {"borrower_id": basis.borrower_id, "loan_id": basis.loan.id}
    draft = draft_of(session, context, **mine)
    if draft is None or draft.answers.choice is None or draft.request_key != request_key:
        raise AnswersMissing
    return draft


def _chosen(
    context: Context, basis: ProposalBasis, draft: DraftAnswers, shown_sha256: str
) -> OptionWithTerms:
    """Compute the chosen option anew; only what was shown is submitted."""
    chosen = basis.chosen(draft.answers)
    if chosen is None or shown_hash(basis, chosen) != shown_sha256:
        raise FiguresChanged
    if not is_changed(context, basis=basis, draft=draft, chosen=chosen):
        raise NothingChanged
    return chosen


def _store(session: Session, context: Context, submission: _Submission) -> PlanVersion:
    """Store plan, version, case, parts, verdict and hold, and seal the version."""
    basis, now = submission.basis, submission.context.now
    plan = (
        submission.replaced.locked.plan if submission.replaced else _new_plan(session, basis, now)
    )
    version = _version(submission, plan.id)
    session.add(version)
    session.flush()
    if submission.replaced is None:
        open_case(session, context, version=version)
    else:
        proposal_changing.take_place(session, replaced=submission.replaced, version=version)
    keep_parts(session, version=version, loans=basis.loans)
    keep_verdict(session, context, version_id=version.id, results=submission.chosen.option.results)
    # A plan that runs has a hold of its own.
    if (
        not basis.running and not basis.facts.hold_ended_lately
    ):  # a second one begins with a person's approval (ADR 0014)
        # The hold of what is changed goes on.
        hold_loans(session, loans=basis.loans, now=now)
    session.flush()
    version.sealed_at = now
    session.flush()
    return version


def _new_plan(session: Session, basis: ProposalBasis, now: datetime) -> Plan:
    plan = Plan(
        public_id=new_public_id(), borrower_id=basis.borrower_id, state="submitted", created_at=now
    )
    number_plan(session, plan=plan)
    running = basis.running
    plan.replaces_id = running.plan.id if running else None
    # Until the signature the loans are in the plan that runs.
    session.add_all(
        PlanLoan(plan_id=plan.id, loan_id=loan.id, is_open=running is None) for loan in basis.loans
    )
    session.flush()
    return plan


def _version(submission: _Submission, plan_id: int) -> PlanVersion:
    """What staff filled in for the borrower keeps its author, so that the maker never decides
    it.
    """
    basis, chosen, now = submission.basis, submission.chosen, submission.context.now
    entered_by, public_id = submission.draft.entered_by, new_public_id()
    replaced = submission.replaced
    return PlanVersion(
        public_id=public_id,
        plan_id=plan_id,
        number=replaced.number if replaced else 1,
        parent_id=replaced.locked.version.id if replaced else None,
        kind=chosen.option.kind,
        state="submitted",
        author_kind="staff" if entered_by else "borrower",
        author_person=entered_by or f"borrower:{submission.borrower.public_id}",
        start_on=basis.today,
        hardship_enc=_sealed_hardship(submission, public_id),
        moved_months=0,
        total_fen=chosen.option.total_fen,
        terms=chosen.terms,
        terms_sha256=chosen.sha256,
        policy_version=basis.policy_version,
        submitted_at=now,
        decide_by_on=submission.answer_by_on,
    )


def _sealed_hardship(submission: _Submission, public_id: str) -> bytes | None:
    told = submission.draft.hardship
    if told is None:
        return None
    return seal_hardship(told, vault=submission.context.vault, table="plan_versions", row=public_id)


def _answer(
    session: Session, context: Context, submission: _Submission, version: PlanVersion
) -> None:
    """Approve at once where policy says so, tell the borrower once, and put all of it on record."""
    stored = _after(version, submission.basis.policy) | {
        "reasons": list(submission.chosen.option.reasons)
    }
    locked = lock_version(session, context, version_public_id=version.public_id)
    columns = proposal_changing.keep_validity(approval(locked), submission.replaced)
    approved = (
        move_version(session, locked=locked, to="approved", **columns)
        if submission.is_at_once
        else {}
    )
    _tell(session, context, locked)
    session.flush()
    shared: dict[str, Any] = {
        "object_kind": "plan_version",
        "object_id": version.public_id,
    }
    record_expired(session, context, expired=submission.lapsed)
    if submission.replaced is not None:
        _record_changed(session, context, submission.replaced, version)
    audit.record(session, context, action="plan.submitted", after=stored, **shared)
    if approved:
        policy = Actor(f"policy:{submission.basis.policy_version}")
        audit.record(
            session,
            context.by(policy),
            action="plan.approved",
            before={"state": "submitted"},
            after=approved,
            **shared,
        )


def _record_changed(
    session: Session, context: Context, replaced: Replaced, version: PlanVersion
) -> None:
    audit.record(
        session,
        context,
        action="plan.changed",
        object_kind="plan_version",
        object_id=replaced.locked.version.public_id,
        before={"state": replaced.before},
        after=replaced.changes | {"replaced_by": version.public_id},
    )


def _tell(session: Session, context: Context, locked: LockedVersion) -> None:
    """One message: that it is approved, else that it has come in and by when a person answers."""
    version = locked.version
    template, key, values = (
        "plan_received",
        f"plan-received:{version.public_id}",
        {"by": _known(version.decide_by_on)},
    )
    if version.valid_until_at is not None:
        until = beijing_date(version.valid_until_at)
        template, key, values = (
            "plan_approved",
            f"plan-decided:{version.public_id}",
            {"until": until},
        )
    tell_borrower(session, context, locked=locked, template=template, key=key, values=values)


def _known(day: date | None) -> date:
    if day is None:
        raise NotFound
    return day


def _after(version: PlanVersion, policy: Policy) -> dict[str, object]:
    notices = (SUBMISSION_NOTICE + limitation_notice(policy)).encode()
    return {
        "state": version.state,
        "total_fen": version.total_fen,
        "terms_sha256": version.terms_sha256,
        "policy_version": version.policy_version,
        "limitation_notice_sha256": hashlib.sha256(notices).hexdigest(),
    }
