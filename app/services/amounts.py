"""What is owed on stored loans: contract terms and the file's figures, computed for a day. Never commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from app.domain.arrears import Arrears, arrears
from app.domain.calendar import beijing_date
from app.domain.loan import LoanTerms, Method
from app.domain.policy import Policy
from app.domain.states import OPEN_VERSIONS
from app.models import Contact, Loan, LoanSnapshot, Plan, PlanLoan, PlanVersion

TOUCHES = ("reminder", "collection")  # a code the borrower asked for is no demand of the lender (M-16)


@dataclass(frozen=True)
class Figures:
    """One loan with its terms, its latest file figures and what is owed at `owed.as_of`."""

    loan: Loan
    snapshot: LoanSnapshot
    terms: LoanTerms
    owed: Arrears
    versions: tuple[PlanVersion, ...] = ()

    @property
    def open_version(self) -> PlanVersion | None:
        """Return the plan version that is open on the loan, if any."""
        return next((one for one in reversed(self.versions) if one.state in OPEN_VERSIONS), None)


def terms_of(loan: Loan) -> LoanTerms:
    """Return a stored loan's contract terms."""
    return LoanTerms(
        principal_fen=loan.principal_fen,
        annual_ppm=loan.annual_ppm,
        uplift_ppm=loan.uplift_ppm,
        day_basis=loan.day_basis,
        method=Method(loan.method),
        periods=loan.periods,
        start_on=loan.start_on,
        due_day=loan.due_day,
        interest_only=loan.interest_only,
    )


def lower_of(differences: Mapping[str, int]) -> dict[str, int]:
    """Return by component how much lower the lender's file is than our own figures.

    Units:  fen; `differences` is file minus engine.
    Source: rules part 1, where file and engine differ the borrower sees the lower figure.
    """
    return {component: -fen for component, fen in differences.items() if fen < 0}


def owed_on(loan: Loan, snapshot: LoanSnapshot, *, as_of: date, policy: Policy) -> Arrears:
    """Compute what is owed on a loan at a date, never above the lender's own figure.

    Source: rules part 1.
    """
    return arrears(
        terms_of(loan),
        paid=loan.paid,
        fee_fen=snapshot.fee_fen + max(0, -snapshot.differences.get("fee", 0)),
        as_of=as_of,
        ceiling_ppm=policy.ceiling_ppm,
        lower=lower_of(snapshot.differences),
    )


def figures_where(session: Session, *conditions: ColumnElement[bool], policy: Policy, now: datetime) -> list[Figures]:
    """Return the loans that meet the conditions, with what is owed today: two queries however many loans.

    While a plan version is open nothing accrues, so its loan is computed for the version's start.
    Source: rules part 1, how a plan is computed.
    """
    current = and_(LoanSnapshot.loan_id == Loan.id, LoanSnapshot.as_of_on == Loan.as_of_on)
    query = select(Loan, LoanSnapshot).join(LoanSnapshot, current).where(*conditions)
    rows = session.execute(query.order_by(Loan.id)).tuples().all()
    versions = _versions(session, [loan.id for loan, _snapshot in rows])
    today = beijing_date(now)
    return [_figures(loan, snapshot, versions.get(loan.id, ()), policy, today) for loan, snapshot in rows]


def last_touch_on(session: Session, *, borrower_id: int) -> date | None:
    """Return the day of the lender's last reminder or collection contact.

    Source: M-16, M-17.
    """
    at = session.scalar(touches().where(Contact.borrower_id == borrower_id))
    return beijing_date(at) if at else None


def touches() -> Select[Any]:
    """Return the query of the last contact that asked for payment."""
    return select(func.max(Contact.at)).where(Contact.purpose.in_(TOUCHES))


def _versions(session: Session, loan_ids: Sequence[int]) -> dict[int, tuple[PlanVersion, ...]]:
    if not loan_ids:
        return {}
    query = (
        select(PlanLoan.loan_id, PlanVersion)
        .join(Plan, Plan.id == PlanLoan.plan_id)
        .join(PlanVersion, PlanVersion.plan_id == Plan.id)
        .where(PlanLoan.loan_id.in_(loan_ids))
        .order_by(PlanVersion.id)
    )
    found: dict[int, tuple[PlanVersion, ...]] = {}
    for loan_id, version in session.execute(query).tuples():
        found[loan_id] = (*found.get(loan_id, ()), version)
    return found


def _figures(
    loan: Loan, snapshot: LoanSnapshot, versions: tuple[PlanVersion, ...], policy: Policy, today: date
) -> Figures:
    started = [one.start_on for one in versions if one.state in OPEN_VERSIONS]
    owed = owed_on(loan, snapshot, as_of=min([today, *started]), policy=policy)
    return Figures(loan, snapshot, terms_of(loan), owed, versions)
