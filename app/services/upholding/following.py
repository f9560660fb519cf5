"""A plan's state follows from where it stands, in the transaction that changes a fact of it. Never
commits.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.keeping.account import Account
from app.domain.keeping.standing import PlanStanding, standing
from app.domain.states import BROKEN, COMPLETED, KEPT_PLANS
from app.models import Hold, Plan, PlanLoan, PlanNotice
from app.services.certificates.issuing import issue, withdraw
from app.services.core import audit
from app.services.core.context import Context
from app.services.keeping.accounts import accounts_of
from app.services.ledger.posting import post_all
from app.services.outbox.occasions import TAKEN_BACK, Occasion
from app.services.upholding.telling import tell
from app.services.upholding.undoing import IN_TIME, let_stand, may_undo, undo_break

# A plan that was replaced is followed no more.
FOLLOWED = KEPT_PLANS | {COMPLETED, BROKEN}
KEPT_HOLD = "plan_kept"
TOLD_STATES = {COMPLETED: "plan_completed", BROKEN: "plan_broken"}


def follow(session: Session, context: Context, *, plan_ids: Collection[int]) -> None:
    """Bring plans to the state in which their facts put them today: completed, running again, in
    cure or out of it, broken by a break on record; a notice or break that the facts no longer bear
    out is taken back. Borrowers are told, and the books are brought up to the day.

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
    """Return the notices and breaks that count, by plan: one query however many plans."""
    query = select(PlanNotice).where(
        PlanNotice.plan_id.in_(plan_ids), PlanNotice.taken_back_at.is_(None)
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
    broke = next((one for one in notices if one.kind == "break"), None)
    if plan.state == BROKEN and broke is None:
        # Nothing on record says why: the nightly proof finds it, and nothing is guessed here.
        return account
    is_undone = False
    if broke is not None and broke.stands_at is None and stands.broken_on != broke.sent_on:
        is_undone = may_undo(session, plan=plan)
        if is_undone:
            undo_break(session, context, plan=plan, broke=broke)
        else:
            let_stand(session, context, plan=plan, broke=broke)
        account = _told_anew(account, broke, context.today)
        stands = standing(account, context.today)
    # While a break stands the notice before it does.
    sent = [one for one in notices if one.kind == "notice" and stands.state != BROKEN]
    untrue = [one for one in sent if one.sent_on not in stands.noticed_on]
    for notice in untrue:
        _take_back(session, context, plan, notice, is_told=not is_undone)
        account = _told_anew(account, notice, context.today)
    if untrue:
        stands = standing(account, context.today)
    if stands.state != plan.state:
        _move(session, context, plan, account, stands)
    return account


def _told_anew(account: Account, notice: PlanNotice, today: date) -> Account:
    """The account with what became of a notice or a break just now."""
    back_on = None if notice.taken_back_at is None else today
    told = tuple(
        one._replace(taken_back_on=back_on, stands=notice.stands_at is not None)
        if (one.kind, one.sent_on) == (notice.kind, notice.sent_on)
        else one
        for one in account.told
    )
    return replace(account, told=told)


def _take_back(
    session: Session, context: Context, plan: Plan, notice: PlanNotice, *, is_told: bool
) -> None:
    """Take back what was told because a payment that was in time by its value date was not known
    yet; where a break is taken back with it, that is told alone.
    """
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
    if is_told:
        tell(
            session,
            context,
            plan=plan,
            template="notice_taken_back",
            key=f"notice-back:{notice.public_id}",
            about=Occasion("notice", notice.public_id, TAKEN_BACK),
        )


def _move(
    session: Session, context: Context, plan: Plan, account: Account, stands: PlanStanding
) -> None:
    before, after = plan.state, stands.state
    if before == COMPLETED:
        # Also where a person decides what becomes of the plan: what it says is no longer so.
        withdraw(session, context, plan=plan)
        if not _open_again(session, context, plan):
            return
    if before == BROKEN:
        _open_again(session, context, plan)
    plan.state = after
    if after in (COMPLETED, BROKEN):
        end_kept(session, context, plan=plan)
    if after == COMPLETED:
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
    if after in TOLD_STATES:
        # Where money is taken back and comes again, it is completed on another day.
        tell(
            session,
            context,
            plan=plan,
            template=TOLD_STATES[after],
            key=f"plan-{after}:{plan.public_id}:{context.today.isoformat()}",
            about=Occasion("plan", plan.public_id, after),
        )


def _told_of(state: str, stands: PlanStanding) -> dict[str, object]:
    told: dict[str, object] = {"state": state}
    if state == COMPLETED and stands.completed_on:
        told |= {
            "completed_on": stands.completed_on.isoformat(),
            "waived_fen": stands.waived_fen,
            "credit_fen": stands.credit_fen,
        }
    if state == BROKEN and stands.broken_on:
        told |= {
            "broken_on": stands.broken_on.isoformat(),
            "due_fen": stands.due_fen,
            "left_fen": stands.left_fen,
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
    """Let a completed plan run again after money was taken back, a broken one after its break was;
    unless another plan was made on one of its loans meanwhile: then a person decides.
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
