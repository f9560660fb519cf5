"""A plan's state follows from where it stands, in the transaction that changes a fact of it. Never
commits.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.keeping.account import Account
from app.domain.keeping.standing import PlanStanding, standing
from app.domain.states import COMPLETED, KEPT_PLANS
from app.models import Hold, Plan, PlanLoan, PlanNotice
from app.services.certificates.issuing import issue, withdraw
from app.services.core import audit
from app.services.core.context import Context
from app.services.keeping.accounts import accounts_of
from app.services.ledger.posting import post_all
from app.services.outbox.occasions import TAKEN_BACK, Occasion
from app.services.upholding.telling import tell

# A plan that was broken or replaced is followed no more.
FOLLOWED = KEPT_PLANS | {COMPLETED}
KEPT_HOLD = "plan_kept"
IN_TIME = "in_time"


def follow(session: Session, context: Context, *, plan_ids: Collection[int]) -> None:
    """Bring plans to the state in which their facts put them today: completed, running again, in
    cure or out of it; a notice that the facts no longer bear out is taken back. Borrowers are told,
    and the books are brought up to the day.

    Idempotent: what is so already is left as it is. The plans' rows are locked, in their order.
    Source: rules part 1, how a signed plan is kept: completed, reversal, missed; the ledger.
    """
    locked = select(Plan).where(Plan.id.in_(plan_ids)).order_by(Plan.id).with_for_update()
    plans = session.scalars(locked).all()
    accounts = accounts_of(session, plan_ids=[one.id for one in plans])
    follow_read(session, context, plans=plans, accounts=accounts)


def follow_read(
    session: Session,
    context: Context,
    *,
    plans: Collection[Plan],
    accounts: Mapping[int, Account],
) -> dict[int, Account]:
    """Do the same for plans that are locked and whose accounts were read since, and return these as
    they are by then, by plan.

    Source: rules part 1, how a signed plan is kept: completed, reversal, missed; the ledger.
    """
    found = dict(accounts)
    told = _notices(session, [one.id for one in plans])
    for plan in plans:
        if plan.state in FOLLOWED and plan.id in found:
            account, notices = found[plan.id], told.get(plan.id, ())
            found[plan.id] = _follow(session, context, plan, account, notices)
    post_all(session, context, accounts=found, as_of=context.today)
    return found


def _notices(session: Session, plan_ids: Collection[int]) -> Mapping[int, Sequence[PlanNotice]]:
    """Return the notices that count, by plan: one query however many plans."""
    query = select(PlanNotice).where(
        PlanNotice.plan_id.in_(plan_ids),
        PlanNotice.kind == "notice",
        PlanNotice.taken_back_at.is_(None),
    )
    found: dict[int, list[PlanNotice]] = defaultdict(list)
    for one in session.scalars(query.order_by(PlanNotice.id)):
        found[one.plan_id].append(one)
    return found


def _follow(
    session: Session,
    context: Context,
    plan: Plan,
    account: Account,
    notices: Sequence[PlanNotice],
) -> Account:
    stands = standing(account, context.today)
    untrue = [one for one in notices if one.sent_on not in stands.noticed_on]
    if _take_back(session, context, plan, untrue):
        told = tuple(
            one
            if one.kind != "notice" or one.sent_on in stands.noticed_on
            else one._replace(taken_back_on=context.today)
            for one in account.told
        )
        account = replace(account, told=told)
        stands = standing(account, context.today)
    # Only a person's or a job's own act breaks a plan.
    if stands.state not in (plan.state, "broken"):
        _move(session, context, plan, account, stands)
    return account


def _take_back(session: Session, context: Context, plan: Plan, found: Sequence[PlanNotice]) -> bool:
    """Take back what was told because a payment that was in time by its value date was not known
    yet.
    """
    for notice in found:
        notice.taken_back_at, notice.taken_back_why = context.now, IN_TIME
        audit.record(
            session,
            context,
            action="notice.taken_back",
            object_kind="plan",
            object_id=plan.number,
            before={"sent_on": notice.sent_on.isoformat()},
            after={"why": IN_TIME},
        )
        tell(
            session,
            context,
            plan=plan,
            template="notice_taken_back",
            key=f"notice-back:{notice.public_id}",
            about=Occasion("notice", notice.public_id, TAKEN_BACK),
        )
    return bool(found)


def _move(
    session: Session, context: Context, plan: Plan, account: Account, stands: PlanStanding
) -> None:
    before, after = plan.state, stands.state
    if before == COMPLETED:
        # Also where a person decides what becomes of the plan: what it says is no longer so.
        withdraw(session, context, plan=plan)
        if not _open_again(session, context, plan):
            return
    plan.state = after
    if after == COMPLETED:
        end_kept(session, context, plan=plan)
        issue(session, context, plan=plan, account=account, stands=stands)
    session.flush()
    audit.record(
        session,
        context,
        action=f"plan.{after}",
        object_kind="plan",
        object_id=plan.number,
        before={"state": before},
        after=_told_of(after, stands),
    )
    if after == COMPLETED:
        # Where money is taken back and comes again, it is completed on another day.
        tell(
            session,
            context,
            plan=plan,
            template="plan_completed",
            key=f"plan-completed:{plan.public_id}:{context.today.isoformat()}",
            about=Occasion("plan", plan.public_id, COMPLETED),
        )


def _told_of(state: str, stands: PlanStanding) -> dict[str, object]:
    told: dict[str, object] = {"state": state}
    if state == COMPLETED and stands.completed_on:
        told |= {
            "completed_on": stands.completed_on.isoformat(),
            "waived_fen": stands.waived_fen,
            "credit_fen": stands.credit_fen,
        }
    return told


def end_kept(session: Session, context: Context, *, plan: Plan) -> None:
    """Let go of a plan's loans and end their holds: it is over, or another took its place. Never
    commits.

    Source: default policy, hold on collection.
    """
    loans = select(PlanLoan).where(PlanLoan.plan_id == plan.id, PlanLoan.is_open)
    ids = []
    for one in session.scalars(loans):
        one.is_open = False
        ids.append(one.loan_id)
    holds = select(Hold).where(
        Hold.loan_id.in_(ids), Hold.cause == KEPT_HOLD, Hold.until_at.is_(None)
    )
    for hold in session.scalars(holds.order_by(Hold.id).with_for_update()):
        hold.until_at, hold.ended_by = context.now, context.actor.who


def _open_again(session: Session, context: Context, plan: Plan) -> bool:
    """Let a completed plan run again after money was taken back, unless another plan was made on
    one of its loans meanwhile: then a person decides.
    """
    loans = session.scalars(select(PlanLoan).where(PlanLoan.plan_id == plan.id)).all()
    ids = [one.loan_id for one in loans]
    other = select(PlanLoan.id).where(PlanLoan.loan_id.in_(ids), PlanLoan.is_open)
    if session.scalars(other.limit(1)).first() is not None:
        return False
    for one in loans:
        one.is_open = True
    session.add_all(
        Hold(borrower_id=plan.borrower_id, loan_id=one, cause=KEPT_HOLD, from_at=context.now)
        for one in ids
    )
    return True
