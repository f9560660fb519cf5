"""A signed plan gives way to the one that was signed in its place, in the transaction of the
signature. Never commits.
"""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.states import KEPT_PLANS, REPLACED
from app.domain.texts import N_
from app.models import Plan, PlanLoan
from app.services.core import audit
from app.services.core.context import Context
from app.services.upholding.following import end_kept


class RunsNoMore(RuleBroken):
    """The signed plan is over: there is nothing to take the place of."""

    code = "runs_no_more"
    message = N_("原来的方案已经不在执行，请刷新后再看")


def lock_replaced(session: Session, *, plan: Plan) -> Plan | None:
    """Lock the signed plan that another would take the place of, and read it anew, so that no money
    is posted to it meanwhile; None where there is none. The loans of both are locked before.

    Source: ADR 0081.
    """
    if plan.replaces_id is None:
        return None
    query = select(Plan).where(Plan.id == plan.replaces_id).with_for_update()
    return session.scalars(query, execution_options={"populate_existing": True}).one()


def replace_plan(session: Session, context: Context, *, new: Plan) -> tuple[int, ...]:
    """Let the plan that runs be replaced by the one that is being signed, if it names one: its
    loans go over, its hold ends. Return the plans whose state and books follow from the signature.

    Raises: RunsNoMore unless the old one runs.
    Source: rules part 1, how a signed plan is kept: change.
    """
    old = lock_replaced(session, plan=new)
    if old is None:
        return (new.id,)
    before = old.state
    if before not in KEPT_PLANS:
        raise RunsNoMore
    end_kept(session, context, plan=old)
    old.state = REPLACED
    session.flush()
    mine = update(PlanLoan).where(PlanLoan.plan_id == new.id)
    session.execute(mine.values(is_open=True), execution_options={"synchronize_session": False})
    audit.record(
        session,
        context,
        action="plan.replaced",
        object_kind="plan",
        object_id=old.number,
        before={"state": before},
        after={"state": REPLACED, "by": new.number},
    )
    return (old.id, new.id)
