"""A journey begun anew after a break, with the smaller plan that is shown beside it."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import PlanDraft
from app.services.agreements.queries import agreement_view
from app.services.breaks.smaller_queries import smaller_plan
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.proposals.basis import basis_for
from app.services.proposals.draft_queries import DraftAnswers, draft_of, draft_row
from app.services.proposals.drafts import fill_draft, lock_loans


class NoSmallerPlan(RuleBroken):
    """The plan is not broken any more, or nothing can be proposed on its loans by today."""

    code = "no_smaller_plan"
    message = N_("金额按今天重新算过了，这个方案不能再直接用；可以换个数，或者和人说说")


def start_smaller(session: Session, context: Context, *, borrower_id: int, agreement: str) -> str:
    """Lay the answers out that lead to the smaller plan; return the public id of the loan where the
    journey begins. Nothing is submitted.

    Idempotent on: the day.
    Raises: NotFound, also for another borrower's agreement; NoSmallerPlan; a MayNotPropose where a
            plan is open.
    Source: rules part 1, how a signed plan is kept: after a break.
    """
    with transaction(session):
        lock_loans(session, borrower_id=borrower_id)
        broken = agreement_view(session, context, borrower_id=borrower_id, number=agreement)
        found = (
            smaller_plan(session, context, borrower_id=borrower_id, broken=broken.kept.terms)
            if broken.plan_state == "broken"
            else None
        )
        if found is None:
            raise NoSmallerPlan
        basis = basis_for(
            session, context, borrower_id=borrower_id, loan_public_id=found.loan_public_id
        )
        basis.answered(found.answers).check_may_propose()
        mine = {"borrower_id": borrower_id, "loan_id": basis.loan.id}
        # What was told since is the newer word.
        kept = draft_of(session, context, **mine)
        told = replace(kept or DraftAnswers(found.answers, ""), answers=found.answers, changes="")
        row = draft_row(session, **mine) or PlanDraft(**mine)
        row.request_key, row.updated_at = str(uuid4()), context.now
        row.expires_at = context.now + timedelta(days=basis.policy.clocks.draft_days)
        fill_draft(context, row=row, told=told)
        session.add(row)
        return found.loan_public_id
