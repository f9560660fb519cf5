"""Steps that every answer to a version shares: lock, move, approve, close, tell. They never
commit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date, end_of
from app.domain.errors import NotFound, RuleBroken
from app.domain.offer_days import offer_dates
from app.domain.plan_terms import PlannedTerms, parts_in, read_terms
from app.domain.policy import Policy, RuleResult
from app.domain.states import ENDED_VERSIONS, KEPT_PLANS, OPEN_VERSIONS, may_move
from app.domain.texts import N_
from app.models import Borrower, Case, Hold, Loan, Plan, PlanLoan, PlanPart, PlanVersion, Verdict
from app.services.contact.records import PLAN_SUBMITTED
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.core.transaction import line_up_at_loans
from app.services.core.waiting import lock_case, pass_on
from app.services.outbox import queue as outbox_queue
from app.services.outbox.occasions import Occasion
from app.services.outbox.sms_texts import message_values, sms_text
from app.services.reading.once import RUNNING


class StateChanged(RuleBroken):
    """Someone else was first, or the version never was in a state for this."""

    code = "state_changed"
    message = N_("这个方案的状态已经变了，请刷新后再看")


@dataclass(frozen=True)
class LockedVersion:
    """A version with its plan, case and loans, locked until the commit; terms as submitted, `today`
    in Beijing.
    """

    version: PlanVersion
    plan: Plan
    case: Case
    loans: tuple[Loan, ...]
    terms: PlannedTerms
    policy: Policy
    now: datetime

    @property
    def today(self) -> date:
        """Return the day in Beijing."""
        return beijing_date(self.now)


def lock_version(
    session: Session, context: Context, *, version_public_id: str, borrower_id: int | None = None
) -> LockedVersion:
    """Lock loans, plan, version and case, in the order every use case takes them, and read them
    anew.

    Raises: NotFound, with a borrower_id also for the version of someone else.
    """
    mine = select(PlanVersion.plan_id).join(Plan).where(PlanVersion.public_id == version_public_id)
    plan_id = session.scalar(
        mine if borrower_id is None else mine.where(Plan.borrower_id == borrower_id)
    )
    if plan_id is None:
        raise NotFound
    theirs = select(PlanLoan.loan_id).where(PlanLoan.plan_id == plan_id)
    line_up_at_loans(session, loan_ids=theirs)
    anew = {"populate_existing": True}
    covered = select(Loan).where(Loan.id.in_(theirs)).order_by(Loan.id)
    loans = session.scalars(covered, execution_options=anew).all()
    plan = session.scalars(
        select(Plan).where(Plan.id == plan_id).with_for_update(), execution_options=anew
    ).one()
    one = select(PlanVersion).where(PlanVersion.public_id == version_public_id)
    version = session.scalars(one.with_for_update(), execution_options=anew).one()
    return LockedVersion(
        version,
        plan,
        lock_case(session, plan_id=plan_id),
        tuple(loans),
        read_terms(version.terms),
        active_policy(session)[1],
        context.now,
    )


def move_version(
    session: Session, *, locked: LockedVersion, to: str, **changes: Any
) -> dict[str, Any]:
    """Move a version to a state with further columns, its plan and its case along; return what
    changed, for the audit trail.

    Raises: StateChanged when the state does not lead there, or another request was first.
    """
    changes = move_row(session, locked=locked, to=to, **changes)
    locked.plan.state = to
    pass_on(locked.case, state=to, now=locked.now)
    return changes


def move_row(session: Session, *, locked: LockedVersion, to: str, **changes: Any) -> dict[str, Any]:
    """Move a version alone: a counter-offer that its borrower has not seen moves neither plan nor
    case. Return what changed, for the audit trail.

    A version that ends without a signature gets `ended_at`: from then on its loan accrues again
    (ADR 0005).
    Raises: StateChanged when the state does not lead there, or another request was first.
    """
    old = locked.version.state
    if not session.info.get(RUNNING) or not may_move("version", old, to):
        raise StateChanged
    changes = {"state": to} | changes | ({"ended_at": locked.now} if to in ENDED_VERSIONS else {})
    moved = session.execute(
        update(PlanVersion)
        .where(PlanVersion.id == locked.version.id, PlanVersion.state == old)
        .values(**changes)
    )
    if not isinstance(moved, CursorResult) or moved.rowcount != 1:
        raise StateChanged
    return readable(changes)


def approval(locked: LockedVersion) -> dict[str, Any]:
    """Return the columns an approval sets: when decided, valid until when, by how many months all
    dates move.

    Source: rules part 1, how a plan is computed: approving keeps the amounts (ADR 0004).
    """
    dates = offer_dates(locked.terms, policy=locked.policy, today=locked.today)
    return {
        "decided_at": locked.now,
        "valid_until_at": end_of(dates.valid_until_on),
        "moved_months": dates.moved.months,
        "not_before_on": dates.moved.not_before_on,
    }


def close_plan(session: Session, *, locked: LockedVersion) -> None:
    """Let go of the loans: another plan on them may be proposed."""
    session.execute(
        update(PlanLoan).where(PlanLoan.plan_id == locked.plan.id).values(is_open=False)
    )


def is_changeable(session: Session, *, plan: Plan) -> bool:
    """Tell whether the signed plan that a change would take the place of still runs, and no other
    change of it is open.

    Source: ADR 0081.
    """
    runs = select(Plan.id).where(Plan.id == plan.replaces_id, Plan.state.in_(KEPT_PLANS))
    other = select(Plan.id).where(
        Plan.replaces_id == plan.replaces_id, Plan.id != plan.id, Plan.state.in_(OPEN_VERSIONS)
    )
    return session.scalar(runs) is not None and session.scalar(other.limit(1)) is None


def begin_hold(session: Session, *, locked: LockedVersion) -> None:
    """Let a hold begin now on each loan of the plan that has none without an end."""
    hold_loans(session, loans=locked.loans, now=locked.now)


def hold_loans(session: Session, *, loans: Sequence[Loan], now: datetime) -> None:
    """Let a hold begin on each of the loans that has none without an end. Never commits."""
    running = select(Hold.loan_id).where(Hold.cause == PLAN_SUBMITTED, Hold.until_at.is_(None))
    held = set(session.scalars(running.where(Hold.loan_id.in_([loan.id for loan in loans]))))
    session.add_all(
        Hold(borrower_id=loan.borrower_id, loan_id=loan.id, cause=PLAN_SUBMITTED, from_at=now)
        for loan in loans
        if loan.id not in held
    )


def end_hold(session: Session, *, locked: LockedVersion, until: datetime, by: str) -> None:
    """Let the hold of a plan that is not signed yet end at an instant."""
    loan_ids = [loan.id for loan in locked.loans]
    running = select(Hold).where(
        Hold.loan_id.in_(loan_ids), Hold.cause == PLAN_SUBMITTED, Hold.until_at.is_(None)
    )
    for hold in session.scalars(running.order_by(Hold.id).with_for_update()):
        hold.until_at, hold.ended_by = until, by


def tell_borrower(
    session: Session,
    context: Context,
    *,
    locked: LockedVersion,
    template: str,
    key: str,
    values: Mapping[str, str | date],
) -> str:
    """Write an SMS about a version in its borrower's language and return its text; `values` beside
    number, hotline, address, signature. It goes only while the version is in the state it is in
    now.

    Idempotent on: key.
    """
    borrower = session.get_one(Borrower, locked.plan.borrower_id)
    named = {**message_values(locked.plan.number, context.site), **values}
    text = sms_text(template, language=borrower.language, **named)
    outbox_queue.enqueue_sms(
        session,
        context,
        purpose="service",
        to=outbox_queue.mobile_of(context.vault, borrower),
        text=text,
        borrower_id=borrower.id,
        key=key,
        about=Occasion("version", locked.version.public_id, locked.version.state),
    )
    return text


def readable(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return columns as the audit trail keeps them: codes, numbers and ISO instants."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in changes.items()
    }


def end_ownership(*, locked: LockedVersion) -> None:
    """An answered case is nobody's: an appeal on it starts without an owner. Never commits."""
    locked.case.owner_staff_id = locked.case.owned_at = None


def keep_parts(session: Session, *, version: PlanVersion, loans: Sequence[Loan]) -> None:
    """Store every component of every instalment of a version's terms; `loans` are those of its
    plan.
    """
    ids = {loan.public_id: loan.id for loan in loans}
    session.add_all(
        PlanPart(
            version_id=version.id,
            loan_id=ids[part.loan],
            number=part.number,
            due_on=part.due_on,
            component=part.component,
            fen=part.fen,
            waived_fen=part.waived_fen,
            condition=part.condition,
        )
        for part in parts_in(version.terms)
    )


def keep_verdict(
    session: Session, context: Context, *, version_id: int, results: Sequence[RuleResult]
) -> None:
    """Store what the policy said of a version, one row a rule."""
    session.add_all(
        Verdict(
            version_id=version_id,
            rule=one.rule,
            held=one.held,
            value=one.value,
            judged_at=context.now,
        )
        for one in results
    )
