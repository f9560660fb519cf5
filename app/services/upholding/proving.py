"""A broken plan has its break on record and lets go of its loans; no other plan has one."""

from collections.abc import Iterator

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from app.domain.states import BROKEN
from app.models import Hold, Plan, PlanLoan, PlanNotice


def untrue_breaks(session: Session) -> Iterator[str]:
    """I25: a plan is broken exactly where a break of it is in force; then none of its loans is open
    in it, and no hold of its own goes on.

    Source: rules part 1, how a signed plan is kept: broken, after a break.
    """
    in_force = exists().where(
        PlanNotice.plan_id == Plan.id,
        PlanNotice.kind == "break",
        PlanNotice.taken_back_at.is_(None),
    )
    is_broken = Plan.state == BROKEN
    query = select(Plan.number, Plan.state).where(
        or_(and_(is_broken, ~in_force), and_(~is_broken, in_force))
    )
    for number, state in session.execute(query.order_by(Plan.id)):
        what = "without a break in force" if state == BROKEN else "with a break in force"
        yield f"{number}: {state} {what}"
    kept = exists().where(PlanLoan.plan_id == Plan.id, PlanLoan.is_open)
    for number in session.scalars(select(Plan.number).where(is_broken, kept).order_by(Plan.id)):
        yield f"{number}: broken, and a loan is open in it"
    # Another plan on the loan may have been signed since, and holds it by itself.
    mine = aliased(PlanLoan)
    taken = exists().where(mine.loan_id == PlanLoan.loan_id, mine.is_open)
    held = (
        select(Plan.number)
        .distinct()
        .join(PlanLoan, PlanLoan.plan_id == Plan.id)
        .join(Hold, Hold.loan_id == PlanLoan.loan_id)
        .where(is_broken, Hold.cause == "plan_kept", Hold.until_at.is_(None), ~taken)
        .order_by(Plan.number)
    )
    for number in session.scalars(held):
        yield f"{number}: broken, and its hold goes on"
