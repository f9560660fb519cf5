"""What if: other numbers computed beside the plan that stands, and what waiting a month would cost.
Reads only.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.calendar import add_months
from app.domain.comparing import Compared, compared
from app.domain.errors import RuleBroken
from app.domain.plan_terms import PlannedTerms
from app.models import Loan
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.loans.figures import figures_where
from app.services.proposals.basis import Answers, ProposalBasis
from app.services.proposals.draft_queries import draft_of, journey_basis
from app.services.proposals.queries import OptionView, option_view


class Limits(NamedTuple):
    """Between which numbers instalments, and low ones, may be tried."""

    least: int
    most: int
    most_low: int


@dataclass(frozen=True)
class Waiting:
    """What one payment of everything would be a month later.

    Units: fen.
    """

    until_on: date
    payoff_fen: int
    more_fen: int


@dataclass(frozen=True)
class WhatIf:
    """The plan that stands and the one of other numbers; `refusal` says why there is none, and
    `smallest_fen` is the smallest amount that works where that is known; `waiting` is None where
    nothing accrues meanwhile.

    Units: fen.
    """

    answers: Answers
    stands: OptionView
    tried: OptionView | None
    refusal: RuleBroken | None
    smallest_fen: int | None
    waiting: Waiting | None

    @property
    def difference(self) -> Compared | None:
        """Return how the tried plan differs from the one that stands."""
        return compared(self.stands.terms, self.tried.terms) if self.tried else None

    @property
    def is_same(self) -> bool:
        """Whether the tried plan is the one that stands, payment by payment."""
        tried = self.tried
        return tried is not None and tried.terms.payments == self.stands.terms.payments

    @property
    def may_take(self) -> bool:
        """Whether there is another plan to take over."""
        return self.tried is not None and not self.is_same

    @property
    def terms(self) -> PlannedTerms:
        """Return the terms of the plan that stands."""
        return self.stands.terms


def limits_of(session: Session) -> Limits:
    """Return between which numbers instalments may be tried by the running policy.

    Source: default policy, instalments; rules part 1, how a plan is computed.
    """
    policy = active_policy(session)[1]
    plans = policy.plans
    return Limits(plans.min_periods, plans.max_periods, policy.kinds.step_up_low_months)


def what_if(
    session: Session,
    context: Context,
    *,
    borrower_id: int,
    loan_public_id: str,
    other: Answers,
) -> WhatIf | None:
    """Return the plan of the answers beside the one where those of `other` take their place; None
    where no plan stands. Nothing is kept.

    Raises: NotFound, a MayNotPropose, MonthlyNeeded, FirstPaymentTooLarge.
    Source: rules part 1, how a plan is computed.
    """
    basis = journey_basis(session, context, borrower_id=borrower_id, loan_public_id=loan_public_id)
    basis.check_may_propose()
    draft = draft_of(session, context, borrower_id=borrower_id, loan_id=basis.loan.id)
    answers = basis.usable(draft.answers) if draft else Answers()
    stands, _smallest = _plan(basis, answers)
    if stands is None:
        return None
    given = {name: value for name, value in vars(other).items() if value is not None}
    changed = replace(answers, **given)
    refusal, tried, smallest = None, None, None
    try:
        tried, smallest = _plan(basis, changed)
    except RuleBroken as refused:
        # Told beside the plan that stands, which is still there.
        refusal = refused
    return WhatIf(changed, stands, tried, refusal, smallest, _waiting(session, basis))


def _plan(basis: ProposalBasis, answers: Answers) -> tuple[OptionView | None, int | None]:
    offer = basis.offer(answers)
    same = (one for one in offer.options if answers.choice in one.names)
    best = (one for one in offer.options if "best_fit" in one.names)
    option = next(same, None) or next(best, None) or next(iter(offer.options), None)
    if option is None:
        return None, offer.smallest_fen
    surplus = basis.usable(answers).surplus_fen
    candidate = basis.candidate(option, answers)
    return option_view(basis, candidate=candidate, surplus_fen=surplus), offer.smallest_fen


def _waiting(session: Session, basis: ProposalBasis) -> Waiting | None:
    if basis.changes is not None:  # nothing accrues while a proposal is open
        return None
    later = add_months(basis.today, 1)
    found = figures_where(
        session, Loan.public_id.in_(basis.loan_ids), policy=basis.policy, today=later
    )
    payoff_fen = sum(one.owed.payoff_fen for one in found)
    return Waiting(later, payoff_fen, payoff_fen - basis.payoff_fen)
