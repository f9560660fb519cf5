"""A borrower's cases and threads at the desk, whatever became of them: the way to each from the
borrower's page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, false, literal, or_, select, union_all
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.states import UNANSWERED, is_borrower_asked, state_on
from app.models import CallbackRequest, Case, Loan, Plan, PlanVersion, Thread
from app.services.core.context import Context
from app.services.loans.naming import loans_of, names_by

MOST_SHOWN = 20
OPEN = "open"


@dataclass(frozen=True)
class CaseLink:
    """One case or thread: its number, since when, what it is about (loans, or the code of a topic)
    and the state it is in; a case whose borrower was asked for a change is in `asked`. `by_on`: of
    a case that waits for our answer, by when; of an offer, the last day to sign it.
    """

    public_id: str
    number: str
    at: datetime | None
    about: str
    state: str
    by_on: date | None = None


@dataclass(frozen=True)
class OpenMatter:
    """What somebody still waits for us to do: `kind` is question, complaint or callback, `about`
    the code of its topic; `by_at` is when we answer at the latest.
    """

    kind: str
    public_id: str
    number: str
    about: str
    by_at: datetime | None


@dataclass(frozen=True)
class ThreadNote:
    """A conversation about a plan."""

    public_id: str
    number: str
    state: str


@dataclass(frozen=True)
class Matters:
    """What waits for us of a borrower, and what was talked about a plan."""

    waiting: tuple[OpenMatter, ...]
    threads: tuple[ThreadNote, ...]


def cases_of(session: Session, context: Context, *, borrower_id: int) -> tuple[CaseLink, ...]:
    """Return what a borrower proposed, the newest first."""
    query = (
        select(
            PlanVersion.public_id,
            Plan.number,
            PlanVersion.submitted_at,
            Plan.id.label("plan_id"),
            PlanVersion.terms,
            PlanVersion.state,
            PlanVersion.valid_until_at,
            Case.waits_for,
            Case.answer_by_on,
        )
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(Case, Case.plan_id == Plan.id)
        # Of a plan that its borrower changed, the version that stands now.
        .where(PlanVersion.state != "superseded")
        # Whatever became of them: lists of work show only what waits, and people ask about what is
        # over (ADR 0033).
        .where(Plan.borrower_id == borrower_id, PlanVersion.submitted_at.is_not(None))
        .order_by(PlanVersion.submitted_at.desc(), PlanVersion.id.desc())
        .limit(MOST_SHOWN)
    )
    rows = session.execute(query).all()
    loans = loans_of(session, plan_ids=[one.plan_id for one in rows])
    return tuple(_case_link(one, loans[one.plan_id], context.today) for one in rows)


def _case_link(row: Any, loans: Sequence[Loan], today: date) -> CaseLink:
    until = row.valid_until_at
    # An offer past its last day is over, also before the job has come by (ADR 0030).
    state = state_on(row.state, valid_until_at=until, today=today)
    if is_borrower_asked(state, row.waits_for):
        state = "asked"
    days = {
        "approved": beijing_date(until) if until else None,
        **dict.fromkeys(UNANSWERED, row.answer_by_on),
    }
    about = "、".join(one.label for one in names_by(row.terms, loans))
    return CaseLink(
        row.public_id, row.number, row.submitted_at, about, state, by_on=days.get(state)
    )


def threads_of(session: Session, *, borrower_id: int) -> tuple[CaseLink, ...]:
    """Return what a borrower and the desk wrote to each other about, the newest first."""
    rows = session.scalars(
        select(Thread)
        .where(Thread.borrower_id == borrower_id)
        .order_by(Thread.opened_at.desc())
        .limit(MOST_SHOWN)
    )
    return tuple(
        CaseLink(one.public_id, one.number or "", one.opened_at, one.about, one.state)
        for one in rows
    )


def matters_of(session: Session, *, borrower_id: int, plan_id: int) -> Matters:
    """Return what of a borrower waits for us, the most urgent first, and the conversations about a
    plan, the oldest first: one query.
    """
    # What was asked of a version goes on with the one that took its place.
    of_plan = select(PlanVersion.id).where(PlanVersion.plan_id == plan_id)
    is_about_it = and_(Thread.version_id.is_not(None), Thread.version_id.in_(of_plan))
    threads = select(
        Thread.kind,
        Thread.public_id,
        Thread.number,
        Thread.about,
        Thread.state,
        Thread.answer_by_at,
        Thread.opened_at,
        is_about_it,
    ).where(Thread.borrower_id == borrower_id, or_(Thread.state == OPEN, is_about_it))
    calls = select(
        literal("callback"),
        CallbackRequest.public_id,
        CallbackRequest.number,
        CallbackRequest.topic,
        CallbackRequest.state,
        CallbackRequest.answer_by_at,
        CallbackRequest.asked_at,
        false(),
    ).where(CallbackRequest.borrower_id == borrower_id, CallbackRequest.state == OPEN)
    rows: Sequence[Any] = session.execute(union_all(threads, calls)).all()

    urgent = sorted(rows, key=lambda one: (one.answer_by_at is None, one.answer_by_at))
    waiting = [
        OpenMatter(kind, public_id, number or "", about, by_at)
        for kind, public_id, number, about, state, by_at, _at, _is_about_it in urgent
        if state == OPEN
    ]
    talks = [
        ThreadNote(public_id, number or "", state)
        for _kind, public_id, number, _about, state, _by_at, _at, is_about in sorted(
            rows, key=lambda one: one.opened_at
        )
        if is_about
    ]
    return Matters(tuple(waiting[:MOST_SHOWN]), tuple(talks))


def callbacks_of(session: Session, *, borrower_id: int) -> tuple[CaseLink, ...]:
    """Return the calls a borrower asked for while signed in, the newest first."""
    rows = session.scalars(
        select(CallbackRequest)
        .where(CallbackRequest.borrower_id == borrower_id)
        .order_by(CallbackRequest.asked_at.desc())
        .limit(MOST_SHOWN)
    )
    return tuple(
        CaseLink(one.public_id, one.number, one.asked_at, one.topic, one.state) for one in rows
    )
