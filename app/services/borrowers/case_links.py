"""A borrower's cases and threads at the desk, whatever became of them: the way to each from the
borrower's page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.explanation import N_
from app.domain.topics import topic_words
from app.models import Loan, Plan, PlanLoan, PlanVersion, Thread

MOST_SHOWN = 20
CASE_STATES: Mapping[str, str] = {
    "submitted": N_("等我们答复"),
    "approved": N_("已同意，等本人签字"),
    "refused": N_("没有通过"),
    "under_appeal": N_("申诉，等我们答复"),
    "upheld": N_("申诉后维持不通过"),
    "signed": N_("本人签字"),
    "withdrawn": N_("本人撤回"),
    "expired": N_("过了有效期"),
    "recalled": N_("数字变了，已收回"),
}
THREAD_STATES: Mapping[str, str] = {
    "open": N_("等我们回"),
    "answered": N_("等本人回"),
    "closed": N_("已办结"),
}


@dataclass(frozen=True)
class CaseLink:
    """One case or thread: its number, since when, what it is about and where it stands, in Chinese
    source text.
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
        )
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(PlanLoan, PlanLoan.plan_id == Plan.id)
        .join(Loan, Loan.id == PlanLoan.loan_id)
        .where(Plan.borrower_id == borrower_id, PlanVersion.submitted_at.is_not(None))
        .order_by(PlanVersion.submitted_at.desc(), PlanVersion.id.desc())
        .limit(MOST_SHOWN)
    )
    return tuple(
        CaseLink(public_id, number, at, f"{product} {ref[-4:]}", CASE_STATES.get(state, state))
        for public_id, number, at, product, ref, state in session.execute(query)
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
        CaseLink(
            one.public_id,
            one.number or "",
            one.opened_at,
            topic_words(one.about),
            THREAD_STATES[one.state],
        )
        for one in rows
    )
