"""What a person answers of a signed plan within a working day: opened by what brings it. Never
commits.
"""

from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Plan, PlanMatter
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.core.working_days import working_day_after

# What comes next after a break; money in time that undid nothing; a notice nobody received; an
# older agreement whose last part alone is missed.
MatterKind = Literal["broken", "late_money", "unheard", "last_part"]


def open_matter(
    session: Session, context: Context, *, plan: Plan, kind: MatterKind, cause: str
) -> None:
    """Open a matter of a plan, to be answered within the working days of a first reply.

    Idempotent on: plan, kind and cause.
    Source: rules part 1, how a signed plan is kept: after a break, broken, missed.
    """
    mine = PlanMatter.plan_id == plan.id, PlanMatter.kind == kind, PlanMatter.cause == cause
    if session.scalar(select(PlanMatter.id).where(*mine)) is not None:
        return
    _version, policy = active_policy(session)
    count = policy.clocks.first_reply_working_days
    by_on = working_day_after(session, day=context.today, count=count)
    matter = PlanMatter(
        plan_id=plan.id, kind=kind, cause=cause, opened_at=context.now, answer_by_on=by_on
    )
    session.add(matter)
    session.flush()
    audit.record(
        session,
        context,
        action="matter.opened",
        object_kind="plan",
        object_id=plan.number,
        after={"kind": kind, "answer_by_on": by_on.isoformat()},
    )
