"""How much waits at the desk, for its navigation."""

from collections.abc import Mapping

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.models import CallbackRequest, Case, PlanVersion, PolicyDraft, Thread
from app.services.queue.queries import IS_FAULTY, IS_OPEN, IS_OURS


def desk_counts(session: Session) -> Mapping[str, int]:
    """Return how many proposals, callbacks, messages and drafts of the policy wait for us, in one
    query; a document to mend waits with the proposals.
    """
    cases = select(func.count()).join_from(Case, PlanVersion, PlanVersion.plan_id == Case.plan_id)
    plans = cases.where(IS_OPEN, or_(IS_OURS, IS_FAULTY)).scalar_subquery()
    callbacks = select(func.count()).where(CallbackRequest.state == "open").scalar_subquery()
    messages = select(func.count()).where(Thread.state == "open").scalar_subquery()
    handed = select(func.count()).where(PolicyDraft.is_open, PolicyDraft.state == "handed")
    found = session.execute(select(plans, callbacks, messages, handed.scalar_subquery())).one()
    return dict(zip(("plans", "callbacks", "messages", "policies"), found, strict=True))
