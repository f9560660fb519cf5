"""The holds on contact that run now, as a borrower can show them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Loan, Plan, PlanLoan, PlanVersion
from app.services.contact_queries import RunningHold, running_holds


@dataclass(frozen=True)
class HoldPaper:
    """One running hold: on one loan, or on all of them where product is empty; the plan it belongs to, if any.

    until_at None: no end is set yet, it ends with what `state` of the plan leads to.
    """

    cause: str
    product: str
    tail: str
    number: str
    version: str
    state: str
    from_at: datetime
    until_at: datetime | None


def running_papers(session: Session, *, borrower_id: int, now: datetime) -> tuple[HoldPaper, ...]:
    """Return the holds that run now with loan and plan, the latest first: three queries however many.

    Source: default policy, hold on collection.
    """
    holds = running_holds(session, borrower_id=borrower_id, now=now)[::-1]
    loan_ids = [one.loan_id for one in holds if one.loan_id]
    loans = {one.id: one for one in session.scalars(select(Loan).where(Loan.id.in_(loan_ids)))}
    query = (
        select(PlanLoan.loan_id, Plan.number, PlanVersion)
        .join(Plan, Plan.id == PlanLoan.plan_id)
        .join(PlanVersion, PlanVersion.plan_id == Plan.id)
        .where(PlanLoan.loan_id.in_(loan_ids), PlanVersion.submitted_at.is_not(None))
        .order_by(PlanVersion.id)
    )
    plans = [(loan_id, number, version) for loan_id, number, version in session.execute(query)]
    return tuple(_paper(one, loans, plans) for one in holds)


def _paper(hold: RunningHold, loans: dict[int, Loan], plans: list[tuple[int, str, PlanVersion]]) -> HoldPaper:
    loan = loans.get(hold.loan_id or 0)
    found = [(number, version) for loan_id, number, version in plans if _is_of(hold, loan_id, version)]
    number, version = found[-1] if found else ("", None)
    return HoldPaper(
        cause=hold.cause,
        product=loan.product if loan else "",
        tail=loan.ref[-4:] if loan else "",
        number=number,
        version=version.public_id if version else "",
        state=version.state if version else "",
        from_at=hold.from_at,
        until_at=hold.until_at,
    )


def _is_of(hold: RunningHold, loan_id: int, version: PlanVersion) -> bool:
    """The plan of a hold is the last one submitted on its loan by the time it began."""
    return loan_id == hold.loan_id and version.submitted_at is not None and version.submitted_at <= hold.from_at
