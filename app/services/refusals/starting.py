"""A journey begun anew after a refusal, with the nearest plan that policy would approve at once."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import PlanDraft
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.proposals.basis import basis_for
from app.services.proposals.draft_queries import DraftAnswers, draft_of, draft_row
from app.services.proposals.drafts import fill_draft, lock_loans
from app.services.refusals.nearest_queries import nearest_plan


class NoNearestPlan(RuleBroken):
    """What was shown is not approved at once any more, or another plan is open."""

    code = "no_nearest_plan"
    message = N_("金额按今天重新算过了，这个方案不能再直接用；可以换个数，或者和人说说")


def start_nearest(
    session: Session, context: Context, *, borrower_id: int, version_public_id: str
) -> str:
    """Lay the answers out that lead to the nearest plan; return the public id of the loan where the
    journey begins. Nothing is submitted.

    Idempotent on: the day.
    Raises: NotFound, also for another borrower's version; NoNearestPlan; a MayNotPropose where a
            plan is open.
    Source: I-06; ADR 0051.
    """
    with transaction(session):
        lock_loans(session, borrower_id=borrower_id)
        found = nearest_plan(
            session, context, borrower_id=borrower_id, version_public_id=version_public_id
        )
        if found is None:
            raise NoNearestPlan
        basis = basis_for(
            session, context, borrower_id=borrower_id, loan_public_id=found.loan_public_id
        )
        # Beside a plan that is open nothing is begun: its change may lie in the draft.
        basis.answered(found.answers).check_may_propose()
        mine = {"borrower_id": borrower_id, "loan_id": basis.loan.id}
        # What was told since the refusal is the newer word.
        kept = draft_of(session, context, **mine)
        told = replace(kept or DraftAnswers(found.answers, ""), answers=found.answers, changes="")
        row = draft_row(session, **mine) or PlanDraft(**mine)
        row.request_key, row.updated_at = str(uuid4()), context.now
        row.expires_at = context.now + timedelta(days=basis.policy.clocks.draft_days)
        fill_draft(context, row=row, told=told)
        session.add(row)
        return found.loan_public_id
