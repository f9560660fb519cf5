"""A version in place of an open one: its borrower changes what was proposed without withdrawing
it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date, end_of
from app.domain.errors import RuleBroken
from app.domain.states import CHANGEABLE, KEPT_PLANS, OURS, state_on
from app.domain.texts import N_
from app.models import Loan, PlanDraft, PlanVersion
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.core.waiting import take_up_again
from app.services.core.waiting_queries import answer_after_change
from app.services.loans.left_figures import kept_until
from app.services.loans.naming import in_order
from app.services.plans.status_queries import CHANGES
from app.services.plans.steps import LockedVersion, StateChanged, lock_version, move_version
from app.services.plans.version_queries import next_number
from app.services.proposals import drafts as proposal_drafts
from app.services.proposals.basis import ProposalBasis
from app.services.proposals.draft_queries import answers_of, draft_row


class NothingChanged(RuleBroken):
    """Every answer is as it was: there is nothing to put in the place of the version."""

    code = "nothing_changed"
    message = N_("和原来的方案一样，没有改动")


@dataclass(frozen=True)
class Replaced:
    """A version that has just given way, and what goes on with the one in its place: the clock of
    its case, and until when an offer stays valid.
    """

    locked: LockedVersion
    before: str
    changes: dict[str, Any]
    number: int
    since_at: datetime
    answer_by_on: date
    kept_until_on: date | None


def begin_change(
    session: Session, context: Context, *, borrower_id: int, version_public_id: str
) -> str:
    """Lay a version's answers out for its borrower to change; return the public id of its loan.

    Nothing about the version changes before the change is submitted. Of a signed plan that runs
    another plan is begun, which takes its place once it is signed.
    Idempotent on: the version; what was changed and is not submitted yet stays.
    Raises: NotFound, also for someone else's version; StateChanged for one that can no longer be
            changed.
    Source: product, states; ADR 0042.
    """
    with transaction(session):
        locked = lock_version(
            session, context, version_public_id=version_public_id, borrower_id=borrower_id
        )
        # A change begins where the road did not have to: at the loan its terms name first.
        version, loan = locked.version, in_order(locked.terms, locked.loans)[0]
        if version.state == "signed":
            return _begin_anew(session, context, locked, loan)
        state = state_on(version.state, valid_until_at=version.valid_until_at, today=context.today)
        if state not in CHANGEABLE:
            raise StateChanged
        row = draft_row(session, borrower_id=borrower_id, loan_id=loan.id)
        is_begun = (
            row is not None
            and row.expires_at > context.now
            and row.answers.get(CHANGES) == version_public_id
        )
        if not is_begun:
            told = answers_of(session, context, version=version)
            # What lay there belongs to a plan before this one.
            row = row or PlanDraft(borrower_id=borrower_id, loan_id=loan.id)
            row.request_key, row.updated_at = str(uuid4()), context.now
            row.expires_at = context.now + timedelta(days=locked.policy.clocks.draft_days)
            proposal_drafts.fill_draft(context, row=row, told=told, changes=version_public_id)
            session.add(row)

        return loan.public_id


def _begin_anew(session: Session, context: Context, locked: LockedVersion, loan: Loan) -> str:
    """Lay a fresh draft out for a signed plan that runs: why, how much, which kind is asked again.

    Source: rules part 1, how a signed plan is kept: change; ADR 0081.
    """
    version, plan = locked.version, locked.plan
    if plan.state not in KEPT_PLANS or plan.active_version_id != version.id:
        raise StateChanged
    row = draft_row(session, borrower_id=plan.borrower_id, loan_id=loan.id)
    is_begun = row is not None and row.expires_at > context.now
    if row is not None and is_begun and row.answers.get(CHANGES) == version.public_id:
        return loan.public_id
    row = row or PlanDraft(borrower_id=plan.borrower_id, loan_id=loan.id)
    row.request_key, row.updated_at = str(uuid4()), context.now
    row.expires_at = context.now + timedelta(days=locked.policy.clocks.draft_days)
    row.answers, row.entered_by, row.hardship_enc = {CHANGES: version.public_id}, None, None
    session.add(row)
    return loan.public_id


def give_way(session: Session, context: Context, *, basis: ProposalBasis) -> Replaced | None:
    """Let the version that is changed give way to another one; None where nothing is changed. Never
    commits; its audit entry is still to be written.

    Raises: StateChanged.
    Source: product, states: submitted | approved -> superseded.
    """
    if basis.changes is None:
        return None
    locked = lock_version(session, context, version_public_id=basis.changes.version.public_id)
    case, before = locked.case, locked.version.state
    is_ours = case.waits_for in OURS
    since_at = case.waits_since_at if is_ours else context.now
    by = answer_after_change(session, version=locked.version, case=case, today=context.today)
    until = kept_until(basis.figures, basis.changes)
    changes = move_version(session, locked=locked, to="superseded")
    return Replaced(
        locked, before, changes, next_number(session, plan_id=locked.plan.id), since_at, by, until
    )


def take_place(session: Session, *, replaced: Replaced, version: PlanVersion) -> None:
    """Let plan and case go on with the version that took the place. Never commits."""
    replaced.locked.plan.state = version.state
    take_up_again(
        replaced.locked.case,
        state=version.state,
        since_at=replaced.since_at,
        answer_by_on=replaced.answer_by_on,
    )
    session.flush()


def keep_validity(approval: dict[str, Any], replaced: Replaced | None) -> dict[str, Any]:
    """Return the columns of an approval by policy: an offer that was changed is valid no longer
    than the one before.
    """
    kept = replaced.kept_until_on if replaced else None
    if kept is None or kept >= beijing_date(approval["valid_until_at"]):
        return approval
    return approval | {"valid_until_at": end_of(kept)}
