"""The holds on contact that run now, as a borrower can show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.plan_terms import loans_named
from app.models import Appeal, Loan, Plan, PlanLoan, PlanVersion
from app.services.contact.records import RunningHold, running_holds
from app.services.core.context import Context
from app.services.loans.naming import LoanName, name_of


@dataclass(frozen=True)
class HoldPaper:
    """One running hold: on the loans of a plan, on one loan, or on all of them where none is named;
    the plan it belongs to, if any.

    `order`: the loans of its plan, by public id. until_at None: no end is set yet, it ends with
    what `state` of the plan leads to.
    """

    cause: str
    loans: tuple[LoanName, ...]
    number: str
    version: str
    state: str
    from_at: datetime
    until_at: datetime | None
    order: tuple[str, ...] = ()


@dataclass(frozen=True)
class _HoldOpening:
    """A version that was opened on a loan: by its submission, or again by an appeal."""

    loan_id: int
    at: datetime
    number: str
    version: PlanVersion


def running_papers(
    session: Session, context: Context, *, borrower_id: int
) -> tuple[HoldPaper, ...]:
    """Return the holds that run now with loan and plan, the latest first: three queries however
    many.

    Source: default policy, hold on collection.
    """
    holds = running_holds(session, context, borrower_id=borrower_id)[::-1]
    loan_ids = [one.loan_id for one in holds if one.loan_id]
    loans = {one.id: one for one in session.scalars(select(Loan).where(Loan.id.in_(loan_ids)))}
    opened = _opened(session, loan_ids)
    return _together([_paper(one, loans, opened) for one in holds])


def _together(papers: Sequence[HoldPaper]) -> tuple[HoldPaper, ...]:
    """A plan holds contact on each of its loans: one paper names them all, longest overdue
    first.
    """
    found: dict[HoldPaper | int, tuple[LoanName, ...]] = {}
    for number, paper in enumerate(papers):
        key = replace(paper, loans=()) if paper.version else number
        found[key] = (*found.get(key, ()), *paper.loans)
    return tuple(
        papers[key] if isinstance(key, int) else replace(key, loans=_in_order(key, loans))
        for key, loans in found.items()
    )


def _in_order(paper: HoldPaper, loans: Iterable[LoanName]) -> tuple[LoanName, ...]:
    return tuple(sorted(loans, key=lambda one: paper.order.index(one.public_id)))


def _opened(session: Session, loan_ids: Sequence[int]) -> list[_HoldOpening]:
    """Return whenever a version was opened on one of the loans, in that order."""
    query = (
        select(PlanLoan.loan_id, Plan.number, PlanVersion, Appeal.filed_at)
        .join(Plan, Plan.id == PlanLoan.plan_id)
        .join(PlanVersion, PlanVersion.plan_id == Plan.id)
        .outerjoin(Appeal, Appeal.version_id == PlanVersion.id)
        .where(PlanLoan.loan_id.in_(loan_ids), PlanVersion.submitted_at.is_not(None))
        .order_by(PlanVersion.id)
    )

    # An appeal opens its version again, so the same version may stand here twice.
    found = [
        _HoldOpening(loan_id, at, number, version)
        for loan_id, number, version, filed_at in session.execute(query)
        for at in (version.submitted_at, filed_at)
        if at is not None
    ]

    return sorted(found, key=lambda one: one.at)


def _paper(hold: RunningHold, loans: dict[int, Loan], opened: list[_HoldOpening]) -> HoldPaper:
    """The plan of a hold is the one that was opened last on its loan by the time it began."""
    loan = loans.get(hold.loan_id or 0)
    # Holds do not name their version; time and loan do. A hold that began with an approval still
    # belongs to what was opened before it (ADR 0014, 0015).
    found = [one for one in opened if one.loan_id == hold.loan_id and one.at <= hold.from_at]

    # A change takes the place of what was opened; the hold goes on with it (ADR 0042).
    plan = found[-1].version.plan_id if found else None
    found = [one for one in opened if one.version.plan_id == plan]

    return HoldPaper(
        cause=hold.cause,
        loans=(name_of(loan),) if loan else (),
        number=found[-1].number if found else "",
        version=found[-1].version.public_id if found else "",
        state=found[-1].version.state if found else "",
        from_at=hold.from_at,
        until_at=hold.until_at,
        order=loans_named(found[-1].version.terms) if found else (),
    )
