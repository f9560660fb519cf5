"""Agreements that took the place of others, read anew: each names the other, and no loan is in two
that run. Reads only.
"""

from collections.abc import Iterator

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session, aliased

from app.domain.states import KEPT_PLANS, PLAN_MOVES, REPLACED
from app.models import Agreement, Loan, Plan, PlanLoan, PlanVersion


def untrue_successors(session: Session) -> Iterator[str]:
    """I26: a loan lies in at most one agreement that runs; a replaced one has one that was signed in
    its place, over loans of it and for the same borrower, which names it; and the reverse.

    Source: rules part 1, how a signed plan is kept: change; ADR 0081.
    """
    twice = (
        select(Loan.public_id)
        .join(PlanLoan, PlanLoan.loan_id == Loan.id)
        .join(Plan, Plan.id == PlanLoan.plan_id)
        .where(Plan.state.in_(KEPT_PLANS))
        .group_by(Loan.public_id)
        .having(func.count() > 1)
    )
    yield from (f"loan {loan}: in several agreements that run" for loan in session.scalars(twice))
    yield from _without_one(session)
    yield from _naming_another(session)


def _without_one(session: Session) -> Iterator[str]:
    """Replaced, and not by exactly one that was signed."""
    after = aliased(Plan)
    query = (
        select(Plan.number, func.count(after.id))
        .outerjoin(after, (after.replaces_id == Plan.id) & after.state.in_(tuple(PLAN_MOVES)))
        .where(Plan.state == REPLACED)
        .group_by(Plan.id, Plan.number)
        .having(func.count(after.id) != 1)
        .order_by(Plan.id)
    )
    for number, count in session.execute(query):
        yield f"{number}: replaced by {count} agreements"


def _naming_another(session: Session) -> Iterator[str]:
    """Signed in the place of one that does not say so, is another's, or is not the one named."""
    before, agreed = aliased(Plan), aliased(Agreement)
    query = (
        select(
            Plan.number,
            before.state,
            before.borrower_id == Plan.borrower_id,
            agreed.number,
            PlanVersion.terms["replaces"].as_string(),
            _others(before),
        )
        .join(PlanVersion, PlanVersion.id == Plan.active_version_id)
        .outerjoin(before, before.id == Plan.replaces_id)
        .outerjoin(agreed, agreed.version_id == before.active_version_id)
        .where(Plan.replaces_id.is_not(None), Plan.state.in_(tuple(PLAN_MOVES)))
        .order_by(Plan.id)
    )
    for number, state, is_same, agreement, named, others in session.execute(query):
        if state != REPLACED or not is_same:
            yield f"{number}: in the place of a plan that is {state}"
        if named != agreement:
            yield f"{number}: in the place of {agreement}, its terms name {named}"
        if others:
            yield f"{number}: {others} loans that were not in {agreement}"


def _others(before: type[Plan]) -> ScalarSelect[int]:
    """How many loans of a plan were not in the one before it."""
    mine, theirs = aliased(PlanLoan), aliased(PlanLoan)
    was = select(theirs.id).where(theirs.plan_id == before.id, theirs.loan_id == mine.loan_id)
    count = select(func.count(mine.id)).where(mine.plan_id == Plan.id, ~was.exists())
    return count.correlate(Plan, before).scalar_subquery()
