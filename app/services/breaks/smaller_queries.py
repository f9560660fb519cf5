"""The smaller plan beside a broken one: the least a month that a plan can be, as of today."""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.plan import days_to_choose
from app.domain.plan_terms import PlannedTerms, read_terms
from app.services.core.context import Context
from app.services.proposals.basis import (
    Answers,
    OptionWithTerms,
    ProposalBasis,
    basis_for,
)

# The last day of the month is asked as such; a plan that was paid late on the 31st is better on one
# that every month has.
LAST_DAY = 28


@dataclass(frozen=True)
class SmallerPlan:
    """What can be proposed in the place of a broken plan, with the answers that lead to it."""

    loan_public_id: str
    answers: Answers
    terms: PlannedTerms


def smaller_plan(
    session: Session, context: Context, *, borrower_id: int, broken: PlannedTerms
) -> SmallerPlan | None:
    """Return the plan with the lowest monthly amount on the loans of a broken one, as its borrower
    can propose it today; None where none can be, or another is open. A debt that is small by now is
    settled in one payment.

    Source: rules part 1, how a signed plan is kept: after a break; options for a stated amount.
    """
    ids = [one.public_id for one in broken.loans]
    basis = basis_for(session, context, borrower_id=borrower_id, loan_public_id=ids[0])
    planned = [one for one in basis.ordered if one.public_id in ids]
    can_be = [one.public_id for one in planned if one.refusal(basis.policy, "reamortise") is None]
    if not can_be:
        return None
    begun = replace(basis, start_at=can_be[0], loan_ids=(can_be[0],))
    answers = _asked(begun, broken, tuple(can_be))
    own = begun.answered(answers)
    for told in _from_most(own, answers):
        found = _lowest(own, told)
        if found is not None:
            return found
    return None


def _asked(basis: ProposalBasis, broken: PlannedTerms, loans: tuple[str, ...]) -> Answers:
    return Answers(
        upfront_fen=0,
        monthly_fen=broken.highest_fen,
        pay_day=min(broken.instalments[-1].due_on.day, LAST_DAY),
        choice="lowest",
        pay_on=days_to_choose(basis.policy, basis.today)[-1],
        # What is told in confidence is told on the way, by who wants to.
        is_income_done=True,
        kind="reamortise",
        loans=loans,
    )


def _from_most(basis: ProposalBasis, answers: Answers) -> tuple[Answers, ...]:
    """What the broken plan asked a month; where nothing fits that, the smallest that works."""
    try:
        smallest = basis.offer(answers).smallest_fen
    except RuleBroken:
        return ()
    return (replace(answers, monthly_fen=smallest),) if smallest else (answers,)


def _lowest(basis: ProposalBasis, answers: Answers) -> SmallerPlan | None:
    options = basis.offer(answers).options
    if not options:
        return None
    lowest = min(options, key=lambda one: max(part.amount_fen for part in one.instalments))
    most = max(part.amount_fen for part in lowest.instalments)
    # The amount that leads to it, so that the way there shows the very same.
    told = replace(answers, monthly_fen=most, choice=lowest.names[0])
    again: OptionWithTerms | None = basis.chosen(told)
    if again is None or again.option.loans != lowest.loans:
        told = replace(answers, choice=lowest.names[0])
        again = basis.chosen(told)
    if again is None:
        return None
    return SmallerPlan(basis.loan.public_id, told, read_terms(again.terms))
