"""What went to and fro in a case: the versions of its plan, each with what it gives up."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.affordability import Affordability
from app.domain.concession import Concession, concession_of
from app.domain.plan_terms import PlannedTerms, moved_of, read_terms
from app.domain.policy import Policy, share_of_surplus
from app.domain.states import state_on
from app.models import Loan, Plan, PlanVersion, Staff
from app.services.core.context import Context

MOST_SHOWN = 20


@dataclass(frozen=True)
class VersionRow:
    """One version of the plan: `author` names who of the staff entered it, empty where it was the
    borrower; `share` is the highest instalment's of the surplus, None where that is not known.
    """

    public_id: str
    number: int
    author: str
    at: datetime | None
    state: str
    terms: PlannedTerms
    concession: Concession
    share: str | None


def versions_of(
    session: Session,
    context: Context,
    *,
    plan: Plan,
    loan: Loan,
    policy: Policy,
    fit: Affordability | None,
) -> tuple[VersionRow, ...]:
    """Return the submitted versions of a plan, the newest first: one query."""
    query = (
        select(PlanVersion, Staff.display_name)
        .outerjoin(Staff, Staff.person_id == PlanVersion.author_person)
        .where(PlanVersion.plan_id == plan.id, PlanVersion.submitted_at.is_not(None))
        .order_by(PlanVersion.number.desc())
        .limit(MOST_SHOWN)
    )
    found: dict[int, VersionRow] = {}
    for one, name in session.execute(query):
        terms = read_terms(one.terms, moved=moved_of(one))
        surplus = fit.surplus_fen if fit else None
        # One person may have several accounts: the first row of a version tells it.
        found.setdefault(
            one.id,
            VersionRow(
                public_id=one.public_id,
                number=one.number,
                author=(name or one.author_person) if one.author_kind == "staff" else "",
                at=one.submitted_at,
                state=state_on(one.state, valid_until_at=one.valid_until_at, today=context.today),
                terms=terms,
                concession=given_up(one, loan, policy=policy),
                share=None if surplus is None else share_of_surplus(terms.highest_fen, surplus),
            ),
        )
    return tuple(found.values())


def given_up(version: PlanVersion, loan: Loan, *, policy: Policy) -> Concession:
    """Return what a version gives up against its contract, by the terms as they were submitted.

    Units: fen.
    """
    return concession_of(
        read_terms(version.terms),
        contract_ppm=loan.annual_ppm,
        day_basis=loan.day_basis,
        ceiling_ppm=policy.amounts.ceiling_ppm,
    )
