"""A break that rested on money nobody knew of yet: undone, or left to a person where too much came
after it. Never commits.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.states import OPEN_VERSIONS, may_move
from app.models import Hold, Loan, Plan, PlanLoan, PlanNotice, PlanVersion
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import line_up_at_loans
from app.services.core.waiting import lock_case, pass_on
from app.services.outbox.occasions import TAKEN_BACK, Occasion
from app.services.upholding.matters import open_matter
from app.services.upholding.telling import tell

IN_TIME = "in_time"
ENDS_AS = "withdrawn"


def may_undo(session: Session, *, plan: Plan) -> bool:
    """Tell whether a break may be undone: since it no other plan was signed on a loan of the plan,
    none of them is gone. A proposal that is only open is no other plan; an appeal is.

    Locks the loans' line.
    Source: rules part 1, how a signed plan is kept: after a break.
    """
    loans = select(PlanLoan.loan_id).where(PlanLoan.plan_id == plan.id)
    line_up_at_loans(session, loan_ids=loans)
    gone = select(Loan.id).where(
        Loan.id.in_(loans), Loan.missing_since_on.is_not(None) | Loan.legal_review
    )
    if session.scalars(gone.limit(1)).first() is not None:
        return False
    # A plan made before was over when this one was signed.
    signed = (
        select(Plan.id)
        .join(PlanLoan, PlanLoan.plan_id == Plan.id)
        .where(PlanLoan.loan_id.in_(loans), Plan.id > plan.id)
        .where(Plan.active_version_id.is_not(None))
    )
    if session.scalars(signed.limit(1)).first() is not None:
        return False
    opened = _open_of(session, _others(session, plan))
    return all(may_move("version", one.state, ENDS_AS) for one in opened)


def undo_break(session: Session, context: Context, *, plan: Plan, broke: PlanNotice) -> None:
    """Take a break back: proposals made since on its loans end, and its borrower is told with an
    apology. The plan's state, its loans, its hold and its books follow from where it stands.

    Source: rules part 1, how a signed plan is kept: after a break.
    """
    for version in _open_of(session, _others(session, plan)):
        _end(session, context, version)
    broke.taken_back_at, broke.taken_back_why = context.now, IN_TIME
    session.flush()
    audit.record(
        session,
        context,
        action="break.taken_back",
        object_kind="plan",
        object_id=plan.number,
        before={"sent_on": broke.sent_on.isoformat()},
        after={"why": IN_TIME},
    )
    tell(
        session,
        context,
        plan=plan,
        template="break_taken_back",
        key=f"break-back:{broke.public_id}",
        about=Occasion("notice", broke.public_id, TAKEN_BACK),
    )


def let_stand(session: Session, context: Context, *, plan: Plan, broke: PlanNotice) -> None:
    """Let a break stand though its plan was paid in time: the money counts at its value date, no
    penalty of that time is asked, and a person answers.

    Source: rules part 1, how a signed plan is kept: after a break.
    """
    broke.stands_at = context.now
    session.flush()
    audit.record(
        session,
        context,
        action="break.stands",
        object_kind="plan",
        object_id=plan.number,
        after={"sent_on": broke.sent_on.isoformat()},
    )
    open_matter(session, context, plan=plan, kind="late_money", cause=broke.public_id)


def _others(session: Session, plan: Plan) -> list[Plan]:
    """Other plans that are open on a loan of the plan, signed or not."""
    loans = select(PlanLoan.loan_id).where(PlanLoan.plan_id == plan.id)
    open_ones = select(PlanLoan.plan_id).where(
        PlanLoan.loan_id.in_(loans), PlanLoan.is_open, PlanLoan.plan_id != plan.id
    )
    locked = select(Plan).where(Plan.id.in_(open_ones)).order_by(Plan.id).with_for_update()
    return list(session.scalars(locked, execution_options={"populate_existing": True}))


def _open_of(session: Session, plans: list[Plan]) -> list[PlanVersion]:
    versions = (
        select(PlanVersion)
        .where(PlanVersion.plan_id.in_([one.id for one in plans]))
        .where(PlanVersion.state.in_(OPEN_VERSIONS))
        .order_by(PlanVersion.id)
        .with_for_update()
    )
    return list(session.scalars(versions, execution_options={"populate_existing": True}))


def _end(session: Session, context: Context, version: PlanVersion) -> None:
    """End a proposal that nobody needs any more: the plan before it goes on."""
    before = version.state
    version.state, version.ended_at = ENDS_AS, context.now
    plan = session.get_one(Plan, version.plan_id)
    plan.state = ENDS_AS
    case = lock_case(session, plan_id=plan.id)
    pass_on(case, state=ENDS_AS, now=context.now)
    case.owner_staff_id = case.owned_at = None
    rows = session.scalars(select(PlanLoan).where(PlanLoan.plan_id == plan.id, PlanLoan.is_open))
    loans = []
    for one in rows:
        one.is_open = False
        loans.append(one.loan_id)
    holds = select(Hold).where(
        Hold.loan_id.in_(loans), Hold.cause == "plan_submitted", Hold.until_at.is_(None)
    )
    for hold in session.scalars(holds.order_by(Hold.id).with_for_update()):
        hold.until_at, hold.ended_by = context.now, context.actor.who
    session.flush()
    audit.record(
        session,
        context,
        action="plan.withdrawn",
        object_kind="plan_version",
        object_id=version.public_id,
        before={"state": before},
        after={"state": ENDS_AS, "ended_at": context.now.isoformat(), "why": IN_TIME},
    )
