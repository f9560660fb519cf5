"""What went to and fro in a case: the versions of its plan, each with what it gives up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.affordability import Affordability
from app.domain.concession import Concession, Contract, concession_of
from app.domain.plan_terms import PlannedTerms, moved_of, read_terms
from app.domain.policy import Policy, share_of_surplus
from app.domain.states import LENDER, state_on
from app.models import Plan, PlanVersion, Staff
from app.services.core.context import Context

MOST_SHOWN = 20


@dataclass(frozen=True)
class VersionRow:
    """One version of the plan: `author` names who of the staff entered it, empty where it was the
    borrower; `is_ours` tells a counter-offer from an entry for the borrower; `answers` is the
    number of the version that it took or would take the place of; `share` is the highest
    instalment's of the surplus, None where that is not known.
    """

    public_id: str
    number: int
    author: str
    is_ours: bool
    at: datetime | None
    state: str
    terms: PlannedTerms
    concession: Concession
    share: str | None
    answers: int | None


def versions_of(
    session: Session,
    context: Context,
    *,
    plan: Plan,
    contracts: Mapping[str, Contract],
    policy: Policy,
    fit: Affordability | None,
) -> tuple[VersionRow, ...]:
    """Return the versions of a plan that were put before the other side, or wait to be, the newest
    first: one query.
    """
    # What waits to be released is told beside what was put forward.
    seen = or_(PlanVersion.submitted_at.is_not(None), PlanVersion.state == "draft")
    query = (
        select(PlanVersion, Staff.display_name)
        .outerjoin(Staff, Staff.person_id == PlanVersion.author_person)
        .where(PlanVersion.plan_id == plan.id, seen)
        .order_by(PlanVersion.number.desc())
        .limit(MOST_SHOWN)
    )
    found: dict[int, VersionRow] = {}
    rows = session.execute(query).all()
    written = {one.id: read_terms(one.terms) for one, _name in rows}
    numbers = {one.id: one.number for one, _name in rows}
    for one, name in rows:
        terms = read_terms(one.terms, moved=moved_of(one))
        surplus = fit.surplus_fen if fit else None
        # One person may have several accounts: the first row of a version tells it.
        found.setdefault(
            one.id,
            VersionRow(
                public_id=one.public_id,
                number=one.number,
                author="" if one.author_kind == "borrower" else name or one.author_person,
                is_ours=one.author_kind == LENDER,
                at=one.submitted_at,
                state=state_on(one.state, valid_until_at=one.valid_until_at, today=context.today),
                terms=terms,
                concession=concession_of(written[one.id], contracts=contracts, policy=policy),
                share=None if surplus is None else share_of_surplus(terms.highest_fen, surplus),
                answers=numbers.get(one.parent_id or 0),
            ),
        )
    return tuple(found.values())
