"""A borrower's cases and threads at the desk, whatever became of them: the way to each from the
borrower's page.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.states import UNANSWERED, is_borrower_asked, state_on
from app.models import CallbackRequest, Case, Loan, Plan, PlanLoan, PlanVersion, Thread
from app.services.core.context import Context

MOST_SHOWN = 20


@dataclass(frozen=True)
class CaseLink:
    """One case or thread: its number, since when, what it is about (a loan, or the code of a topic)
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


def cases_of(session: Session, context: Context, *, borrower_id: int) -> tuple[CaseLink, ...]:
    """Return what a borrower proposed, the newest first."""
    query = (
        select(
            PlanVersion.public_id,
            Plan.number,
            PlanVersion.submitted_at,
            Loan.product,
            Loan.ref,
            PlanVersion.state,
            PlanVersion.valid_until_at,
            Case.waits_for,
            Case.answer_by_on,
        )
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(Case, Case.plan_id == Plan.id)
        .join(PlanLoan, PlanLoan.plan_id == Plan.id)
        .join(Loan, Loan.id == PlanLoan.loan_id)
        # Of a plan that its borrower changed, the version that stands now.
        .where(PlanVersion.state != "superseded")
        # Whatever became of them: lists of work show only what waits, and people ask about what is
        # over (ADR 0033).
        .where(Plan.borrower_id == borrower_id, PlanVersion.submitted_at.is_not(None))
        .order_by(PlanVersion.submitted_at.desc(), PlanVersion.id.desc())
        .limit(MOST_SHOWN)
    )
    return tuple(_case_link(row, context.today) for row in session.execute(query))


def _case_link(row: Any, today: date) -> CaseLink:
    until = row.valid_until_at
    # An offer past its last day is over, also before the job has come by (ADR 0030).
    state = state_on(row.state, valid_until_at=until, today=today)
    if is_borrower_asked(state, row.waits_for):
        state = "asked"
    days = {
        "approved": beijing_date(until) if until else None,
        **dict.fromkeys(UNANSWERED, row.answer_by_on),
    }
    about = f"{row.product} {row.ref[-4:]}"
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


def open_matters(session: Session, *, borrower_id: int) -> tuple[OpenMatter, ...]:
    """Return the borrower's questions, complaints and callbacks that wait for us, the most urgent
    first: two queries.
    """
    asked = select(Thread).where(Thread.borrower_id == borrower_id, Thread.state == "open")
    calls = select(CallbackRequest).where(
        CallbackRequest.borrower_id == borrower_id, CallbackRequest.state == "open"
    )
    threads = session.scalars(asked.order_by(Thread.answer_by_at).limit(MOST_SHOWN))
    callbacks = session.scalars(calls.order_by(CallbackRequest.answer_by_at).limit(MOST_SHOWN))
    found = [
        *(
            OpenMatter(one.kind, one.public_id, one.number or "", one.about, one.answer_by_at)
            for one in threads
        ),
        *(
            OpenMatter("callback", one.public_id, one.number, one.topic, one.answer_by_at)
            for one in callbacks
        ),
    ]
    return tuple(sorted(found, key=lambda one: (one.by_at is None, one.by_at)))


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
