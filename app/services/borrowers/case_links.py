"""A borrower's cases and threads at the desk, whatever became of them: the way to each from the
borrower's page.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.states import is_borrower_asked
from app.models import Case, Loan, Plan, PlanLoan, PlanVersion, Thread

MOST_SHOWN = 20


@dataclass(frozen=True)
class CaseLink:
    """One case or thread: its number, since when, what it is about (a loan, or the code of a topic)
    and the state it is in; a case whose borrower was asked for a change is in `asked`.
    """

    public_id: str
    number: str
    at: datetime | None
    about: str
    state: str


def cases_of(session: Session, *, borrower_id: int) -> tuple[CaseLink, ...]:
    """Return what a borrower proposed, the newest first."""
    query = (
        select(
            PlanVersion.public_id,
            Plan.number,
            PlanVersion.submitted_at,
            Loan.product,
            Loan.ref,
            PlanVersion.state,
            Case.waits_for,
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
    return tuple(
        CaseLink(public_id, number, at, f"{product} {ref[-4:]}", _stands(state, whom))
        for public_id, number, at, product, ref, state, whom in session.execute(query)
    )


def _stands(state: str, whom: str) -> str:
    return "asked" if is_borrower_asked(state, whom) else state


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
