"""The plan beside a refusal: the nearest that policy would approve at once, with the answers that
lead to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.nearest import Nearest, nearest_plans
from app.domain.plan import KIND_NAMES, PlanKind
from app.domain.plan_terms import PlannedTerms, read_terms
from app.domain.states import OPEN_VERSIONS
from app.models import Plan, PlanVersion
from app.services.core.context import Context
from app.services.proposals.basis import (
    Answers,
    KnownLoan,
    ProposalBasis,
    basis_beside,
    basis_for,
)
from app.services.proposals.draft_queries import answers_of


@dataclass(frozen=True)
class NearestPlan:
    """A plan that is approved at once if it is proposed today, beside the one that was refused."""

    loan_public_id: str
    answers: Answers
    terms: PlannedTerms
    asked: PlannedTerms


def nearest_plan(
    session: Session, context: Context, *, version_public_id: str, borrower_id: int | None = None
) -> NearestPlan | None:
    """Return the plan nearest to a version that policy would approve at once today, if the version
    is refused or would be; None where there is none.

    Raises: NotFound, with a borrower_id also for the version of someone else.
    Source: I-06; ADR 0051.
    """
    query = select(PlanVersion, Plan.borrower_id).join(Plan, Plan.id == PlanVersion.plan_id)
    row = session.execute(query.where(PlanVersion.public_id == version_public_id)).one_or_none()
    if row is None or borrower_id not in (None, row.borrower_id):
        raise NotFound
    version, owner = row
    asked = read_terms(version.terms)
    told = answers_of(session, context, version=version).answers
    whole = tuple(one.public_id for one in asked.loans)
    basis = _basis_after(session, context, owner, version, whole[0])
    for loans in _sets(basis, whole):
        mine = told if loans == whole else replace(told, loans=loans)
        begun = replace(basis, start_at=loans[0], loan_ids=loans).answered(mine)
        found = next(_proposable(begun, mine, asked), None)
        if found is not None:
            return found
    return None


def _sets(basis: ProposalBasis, whole: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The loans of the next plan, most first: those of the refused one that a plan can be on, then
    those nobody has to look at.
    """
    if len(whole) == 1:
        return [whole]
    kind: PlanKind = "reamortise"
    mine = [one for one in basis.known if one.public_id in whole]
    can_be = {one.public_id for one in mine if one.refusal(basis.policy, kind) is None}
    plain = can_be - {one.public_id for one in mine if one.needs_person}
    sets = (tuple(one for one in whole if one in some) for some in (can_be, plain))
    return [one for one in dict.fromkeys(sets) if one]


def _basis_after(
    session: Session,
    context: Context,
    borrower_id: int,
    version: PlanVersion,
    loan: str,
) -> ProposalBasis:
    """What the next plan stands on, once the version is refused."""
    basis = basis_for(session, context, borrower_id=borrower_id, loan_public_id=loan)
    if version.state not in OPEN_VERSIONS:
        return basis
    # As if it was over today; unlike what is taken back, a refusal makes the next hold no second
    # one (ADR 0014).
    before = {one.public_id: one.facts.hold_ended_lately for one in basis.known}
    beside = basis_beside(session, context, borrower_id=borrower_id, loan_public_id=loan)
    known = tuple(
        KnownLoan(one.figures, replace(one.facts, hold_ended_lately=before[one.public_id]))
        for one in beside.known
    )
    return replace(beside, known=known)


def _proposable(basis: ProposalBasis, told: Answers, asked: PlannedTerms) -> Iterator[NearestPlan]:
    """Yield the plans to which answers of the journey lead, the nearest first."""
    request = basis.request(told)
    request = replace(
        request,
        monthly_fen=request.monthly_fen or asked.highest_fen,
        surplus_fen=told.surplus_fen,
        periods=None,
    )
    kinds = [kind for kind in KIND_NAMES if _may_be(basis, kind)]
    debts = list(basis.debts.values())
    for found in nearest_plans(debts, request, basis.policy, basis.facts, kinds):
        answers = _answers(found, told)
        own = basis.answered(answers)
        try:
            chosen = own.chosen(answers)
        except RuleBroken:
            continue
        if chosen is not None and chosen.option.loans == found.option.loans:
            yield NearestPlan(basis.loan.public_id, answers, read_terms(chosen.terms), asked)


def _may_be(basis: ProposalBasis, kind: str) -> bool:
    wanted: PlanKind = kind  # type: ignore[assignment]
    return all(one.refusal(basis.policy, wanted) is None for one in basis.planned)


def _answers(found: Nearest, told: Answers) -> Answers:
    """What leads to a plan when it is answered; what was told in confidence stays as it was."""
    request, kind = found.request, found.option.kind
    return Answers(
        upfront_fen=request.upfront_fen,
        monthly_fen=request.monthly_fen or None,
        pay_day=request.pay_day,
        choice=found.choice,
        pay_on=request.pay_on if kind == "settlement" else None,
        is_income_done=told.is_income_done,
        surplus_fen=told.surplus_fen,
        kind=kind,
        loans=told.loans,
        low_fen=request.low_fen or None,
        low_months=request.low_months or None,
        months=request.months or None,
        way=request.way if kind == "deferral" else None,
    )
