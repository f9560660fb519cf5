"""Which agreement took the place of which, what is asked in the place of one that runs, and the
proof that each names the other. Reads only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session, aliased

from app.domain.calendar import beijing_date
from app.domain.keeping.money_run import received_fen
from app.domain.keeping.standing import PlanStanding, standing
from app.domain.states import KEPT_PLANS, OPEN_VERSIONS, PLAN_MOVES, REPLACED, state_on
from app.models import Agreement, Loan, Plan, PlanLoan, PlanVersion
from app.services.keeping.accounts import accounts_of


@dataclass(frozen=True)
class OpenChange:
    """What is asked or offered in the place of an agreement that runs."""

    version: str
    state: str
    valid_until_on: date | None


@dataclass(frozen=True)
class PlanBefore:
    """The agreement that a plan takes the place of, as it stands on a day.

    Units: fen; `received_fen` came for it, `promised_fen` are the waivers that stay.
    """

    agreement: str
    stands: PlanStanding
    received_fen: int
    promised_fen: int


def plan_before(session: Session, *, plan: Plan, today: date) -> PlanBefore | None:
    """Return the agreement that a plan would take or took the place of; None where there is none.

    Source: rules part 1, how a signed plan is kept: change.
    """
    if plan.replaces_id is None:
        return None
    query = (
        select(Agreement.number)
        .join(Plan, Plan.active_version_id == Agreement.version_id)
        .where(Plan.id == plan.replaces_id)
    )
    account = accounts_of(session, plan_ids=[plan.replaces_id]).get(plan.replaces_id)
    number = session.scalar(query)
    if account is None or number is None:
        return None
    waivers = (one.fen for kept in account.plan.loans for one in kept.waivers)
    came = received_fen(account.money, today)
    return PlanBefore(number, standing(account, today), came, sum(waivers))


def successor_of(session: Session, *, plan_id: int) -> str:
    """Return the number of the agreement that was signed in the place of a plan's, or empty.

    Source: rules part 1, how a signed plan is kept: change.
    """
    query = (
        select(Agreement.number)
        .join(Plan, Plan.active_version_id == Agreement.version_id)
        .where(Plan.replaces_id == plan_id)
    )
    return session.scalar(query) or ""


def open_change_of(session: Session, *, plan_id: int, today: date) -> OpenChange | None:
    """Return what is asked or offered in the place of a plan that runs, if anything."""
    query = (
        select(PlanVersion)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .where(Plan.replaces_id == plan_id, PlanVersion.state.in_(OPEN_VERSIONS))
        .order_by(PlanVersion.id.desc())
        .limit(1)
    )
    one = session.scalars(query).one_or_none()
    if one is None:
        return None
    state = state_on(one.state, valid_until_at=one.valid_until_at, today=today)
    if state not in OPEN_VERSIONS:
        return None
    until = beijing_date(one.valid_until_at) if one.valid_until_at else None
    return OpenChange(one.public_id, state, until)


def untrue_successors(session: Session) -> Iterator[str]:
    """I26: a loan lies in at most one agreement that runs; a replaced one has one that was signed
    in its place, over loans of it and for the same borrower, which names it; and the reverse.

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
    count = select(func.count(mine.id)).where(
        mine.plan_id == Plan.id, ~was.correlate(mine, before).exists()
    )
    return count.correlate(Plan, before).scalar_subquery()
