"""The kinds of plan that suit a borrower's loans, and between what a kind's inputs may lie."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.domain.kinds.deferral import most_months
from app.domain.kinds.ground import ground_of
from app.domain.kinds.settlement import settled_waiver
from app.domain.kinds.step_up import fewest, least_low_fen
from app.domain.plan import OwedLoan, PlanRequest
from app.domain.schedule import schedule
from app.domain.ways import Ease, Ways, ways_for
from app.services.core.context import Context
from app.services.proposals.basis import Answers, ProposalBasis
from app.services.proposals.draft_queries import draft_of, journey_basis


@dataclass(frozen=True)
class WaysView:
    """What suits what was said, when it will be easier, and which kind is picked already."""

    ways: Ways
    ease: Ease | None
    ease_months: int | None
    picked: str


@dataclass(frozen=True)
class InputLimits:
    """Between what the inputs of the kinds may lie.

    Units: fen; months. `settled_fen` is what policy settles for, `waived_fen` what it gives up
           then; `low_months` and `months` stand for what was said of when it will be easier;
           `regular_fen` is the fullest instalment that goes on by the contract beside a catch-up.
    """

    least_low_fen: int
    most_low_months: int
    most_months: int
    settled_fen: int
    waived_fen: int
    low_months: int
    months: int
    most_periods: int
    least_periods: int
    regular_fen: int


def ways_of(
    session: Session,
    context: Context,
    *,
    borrower_id: int,
    loan_public_id: str,
    ease: Ease | None = None,
) -> WaysView:
    """Return the kinds for a borrower's loans, arranged by what is said now (`ease`), else by what
    was said before.

    Raises: NotFound, a MayNotPropose.
    """
    basis, answers = _basis(session, context, borrower_id, loan_public_id)
    draft = draft_of(session, context, borrower_id=borrower_id, loan_id=basis.loan.id)
    told = draft.hardship if draft else None
    said = ease or (told.ease if told else None)
    debts = list(basis.debts.values())
    ways = ways_for(said, debts, basis.policy, basis.facts, today=basis.today)
    # Said anew, it picks anew.
    kept = answers.kind if ease is None and answers.kind in ways.possible else None
    picked = kept or (ways.first[0] if ways.first else "")
    return WaysView(ways, said, told.ease_months if told else None, picked)


def limits_of(
    session: Session, context: Context, *, borrower_id: int, loan_public_id: str
) -> InputLimits:
    """Return between what the inputs of the kinds may lie for a borrower's loans.

    Raises: NotFound, a MayNotPropose.
    Source: rules part 1, step_up; rules part 1, deferral; rules part 1, settlement.
    """
    basis, answers = _basis(session, context, borrower_id, loan_public_id)
    draft = draft_of(session, context, borrower_id=borrower_id, loan_id=basis.loan.id)
    said = draft.hardship.ease_months if draft and draft.hardship else None
    return limits_on(basis, low_months=answers.low_months or 0, said_months=said)


def limits_on(basis: ProposalBasis, *, low_months: int, said_months: int | None) -> InputLimits:
    """Return between what the inputs of the kinds may lie for a basis; `low_months` are those
    answered, `said_months` in how many it will be easier.
    """
    said = said_months or 1
    debts, policy = list(basis.debts.values()), basis.policy
    waived = sum(settled_waiver(one, policy).total for one in debts)
    most = min(most_months(one, policy) for one in debts)
    is_catch_up = basis.kind == "catch_up"
    rules, plans = policy.kinds, policy.plans
    low = low_months if basis.kind == "step_up" else 0
    return InputLimits(
        least_low_fen=_least_low(debts, basis) if basis.kind == "step_up" else 0,
        most_low_months=rules.step_up_low_months,
        most_months=most,
        settled_fen=basis.payoff_fen - waived,
        waived_fen=waived,
        low_months=min(said, rules.step_up_low_months),
        months=min(said, most),
        most_periods=rules.catch_up_max_periods if is_catch_up else plans.max_periods,
        least_periods=rules.catch_up_min_periods if is_catch_up else fewest(low, policy),
        regular_fen=_regular(debts, basis) if is_catch_up else 0,
    )


def _basis(
    session: Session, context: Context, borrower_id: int, loan_public_id: str
) -> tuple[ProposalBasis, Answers]:
    basis = journey_basis(session, context, borrower_id=borrower_id, loan_public_id=loan_public_id)
    basis.check_may_propose()
    draft = draft_of(session, context, borrower_id=borrower_id, loan_id=basis.loan.id)
    return basis, basis.usable(draft.answers) if draft else Answers()


def _regular(debts: list[OwedLoan], basis: ProposalBasis) -> int:
    rows = [row for one in debts for row in schedule(one.terms)]
    return max((row.total_fen for row in rows if row.due_on >= basis.today), default=0)


def _least_low(debts: list[OwedLoan], basis: ProposalBasis) -> int:
    asked = PlanRequest(0, 0, None, 1, basis.today, kind="step_up")
    return least_low_fen(ground_of(debts, asked, basis.policy, basis.facts))
