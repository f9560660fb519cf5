"""What a case waits for, since when and by when: the steps of every change of it. Never commit."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.states import ASKABLE, OURS, UNANSWERED, WaitsFor, waits_for
from app.models import Case, PlanVersion
from app.services.core.context import Context
from app.services.core.waiting_queries import days_after_reply
from app.services.core.working_days import working_day_after

Changes = dict[str, str | int | None]


def open_case(session: Session, context: Context, *, version: PlanVersion) -> None:
    """Store the case of a plan with its first version."""
    session.add(
        Case(
            plan_id=version.plan_id,
            waits_for=waits_for(version.state),
            waits_since_at=context.now,
            answer_by_on=version.decide_by_on,
        )
    )


def lock_case(session: Session, *, plan_id: int) -> Case:
    """Lock the case of a plan until the commit and read it anew; after loans, plan, version and
    thread, before the audit trail.
    """
    query = select(Case).where(Case.plan_id == plan_id).with_for_update()
    return session.scalars(query, execution_options={"populate_existing": True}).one()


def pass_on(case: Case, *, state: str, now: datetime) -> None:
    """Let a locked case wait for whoever has the next word now that its version is in a state; an
    answer ends our clock.
    """
    whom = waits_for(state)
    case.waits_for, case.waits_since_at = whom, now
    if whom in ("borrower", "nobody"):
        case.answer_by_on = None
    # An answer is given: a supervisor's word is no longer waited for, also where an appeal follows.
    case.handed_up_at = None
    # A document that could not be made is one of this very offer, and holds characters of a name.
    if state != "approved":
        case.document_fault = case.figures_changed_at = None


def take_up_again(case: Case, *, state: str, since_at: datetime, answer_by_on: date) -> None:
    """Let a locked case go on with another version in place of the one it was about; its owner
    stays.

    Source: product, states: a change keeps the clock.
    """
    case.waits_for, case.waits_since_at = waits_for(state), since_at
    case.answer_by_on, case.document_fault, case.figures_changed_at = answer_by_on, None, None


def ask_borrower(session: Session, context: Context, *, version_id: int) -> Changes:
    """Let a case whose first answer is ours wait for the borrower, and its clock stand still;
    return what changed, for the audit trail.

    Source: ADR 0037.
    """
    case, state = _locked(session, version_id)
    # A colleague who only answers in the thread stops nobody else's clock.
    is_theirs = case.owner_staff_id not in (None, context.staff.staff_id)
    if state != ASKABLE or case.waits_for not in OURS or is_theirs:
        return {}
    return _hand_over(case, waits_for(state, is_asked=True), context.now)


def hear_borrower(session: Session, context: Context, *, version_id: int) -> Changes:
    """Let a case whose borrower was asked wait for us again, its clock go on with the days that
    were left; return what changed, for the audit trail.

    Source: ADR 0037.
    """
    case, state = _locked(session, version_id)
    if state not in UNANSWERED or case.waits_for in OURS:
        return {}

    # The clock stood still while the borrower had the next word, and goes on with what was left:
    # how long they took is not counted against us.
    left = days_after_reply(session, case=case)
    if left and case.answer_by_on:
        goes_on = working_day_after(session, day=context.today, count=left)
        case.answer_by_on = max(case.answer_by_on, goes_on)
    return _hand_over(case, waits_for(state), context.now)


def _locked(session: Session, version_id: int) -> tuple[Case, str]:
    """The state is read under the lock of the case, for whoever moves a version holds it."""
    version = select(PlanVersion.plan_id).where(PlanVersion.id == version_id)
    case = lock_case(session, plan_id=session.scalars(version).one())
    state = session.scalars(select(PlanVersion.state).where(PlanVersion.id == version_id)).one()
    return case, state


def _hand_over(case: Case, whom: WaitsFor, now: datetime) -> Changes:
    case.waits_for, case.waits_since_at = whom, now
    by = case.answer_by_on
    return {"waits_for": whom, "answer_by_on": by.isoformat() if by else None}
