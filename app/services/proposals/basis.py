"""What a plan on a loan stands on - figures, policy, facts - and the options that follow. Never
commits.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import PayDay, beijing_date
from app.domain.errors import NotFound
from app.domain.kinds.options import has_plan, is_income_asked, plan_options
from app.domain.plan import (
    FirstPaymentTooLarge,
    Offer,
    OwedLoan,
    PlanOption,
    PlanRequest,
    days_to_choose,
)
from app.domain.plan_terms import terms_sha256, write_terms
from app.domain.policy import PlanFacts, Policy, is_stale
from app.domain.proposing import AlreadyOpen, may_propose
from app.domain.states import CHANGEABLE
from app.models import Hold, Loan
from app.services.contact.records import PLAN_SUBMITTED
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.loans import figures as loan_figures
from app.services.plans import verdicts as plan_verdicts

CHOICES = ("best_fit", "lowest", "fastest")


@dataclass(frozen=True)
class Answers:
    """What the borrower said; None where a question is still open.

    Units: fen; surplus_fen comes from what was told in confidence and is never stored with the
           answers. pay_on is the day chosen for a small debt; is_income_done says that income was
           told or left out on purpose.
    """

    upfront_fen: int | None = None
    monthly_fen: int | None = None
    pay_day: PayDay | None = None
    choice: str | None = None
    pay_on: date | None = None
    is_income_done: bool | None = None
    surplus_fen: int | None = None


@dataclass(frozen=True)
class OptionWithTerms:
    """One option with the terms a version of it would have, and their hash."""

    option: PlanOption
    terms: dict[str, Any]
    sha256: str


@dataclass(frozen=True)
class ProposalBasis:
    """A loan as it stands today for a plan on it; `changes` is the open proposal that another
    version would take the place of.
    """

    borrower_id: int
    figures: loan_figures.Figures
    policy: Policy
    policy_version: str
    facts: PlanFacts
    today: date
    changes: loan_figures.Proposal | None = None

    @property
    def loan(self) -> Loan:
        """Return the stored loan."""
        return self.figures.loan

    @property
    def debt(self) -> OwedLoan:
        """Return the loan as a plan takes it."""
        return loan_figures.debt_of(self.figures)

    @property
    def is_small(self) -> bool:
        """Whether one payment settles it: then no amounts are asked."""
        return self.figures.owed.payoff_fen < self.policy.plans.small_debt_fen

    @property
    def is_stale(self) -> bool:
        """Whether the lender's file is older than the policy trusts."""
        return is_stale(self.policy, self.facts.file_age_days)

    def check_may_propose(self) -> None:
        """Pass where a plan may be proposed now.

        Raises: a MayNotPropose that says why not.
        """
        may_propose(self.policy, self.facts, self.figures.owed, self.loan.last_due_on)

    def request(self, answers: Answers) -> PlanRequest:
        """Return what the answers ask for, from today on."""
        return PlanRequest(
            monthly_fen=answers.monthly_fen or 0,
            # A draft may have been started while the debt was larger; what no longer applies is
            # left aside and not deleted.
            upfront_fen=0 if self.is_small else answers.upfront_fen or 0,
            surplus_fen=answers.surplus_fen,
            # Any day does until one is chosen: whether income is asked does not depend on it.
            pay_day=answers.pay_day or 1,
            start_on=self.today,
            pay_on=answers.pay_on if self.is_small else None,
        )

    def asks_income(self, answers: Answers) -> bool:
        """Whether income is asked for: where the policy counts it, and where a plan fits, since no
        income would make one fit.
        """
        if not self.counts_income(answers):
            return False
        return has_plan([self.debt], self.request(answers), self.policy, self.facts)

    def counts_income(self, answers: Answers) -> bool:
        """Whether the policy counts income; not before there are amounts that leave something to
        plan.
        """
        if self.is_small or answers.upfront_fen is None or answers.monthly_fen is None:
            return False

        try:
            return is_income_asked([self.debt], self.request(answers), self.policy, self.facts)
        except FirstPaymentTooLarge:
            # It is told at its own question; here it only means that there is nothing to ask income
            # for.
            return False

    def usable(self, answers: Answers) -> Answers:
        """Return the answers as they count today: a day that is past is open again, income only
        where the policy counts it.
        """
        days = days_to_choose(self.policy, self.today)
        if answers.pay_on is not None and answers.pay_on not in days:
            answers = replace(answers, pay_on=None)
        # Income that the policy does not count changes no verdict: else telling it could only harm.
        # What was told before is known also where nothing fits: then a person comes first.
        return answers if self.counts_income(answers) else replace(answers, surplus_fen=None)

    def offer(self, answers: Answers) -> Offer:
        """Compute the options for the answers.

        Raises: MonthlyNeeded, FirstPaymentTooLarge, NothingOwed.
        """
        request = self.request(self.usable(answers))
        return plan_options([self.debt], request, self.policy, self.facts)

    def candidate(self, option: PlanOption, answers: Answers) -> OptionWithTerms:
        """Write an option's terms and hash them."""
        terms = write_terms(
            option,
            request=self.request(self.usable(answers)),
            debt=self.debt,
            loan_public_id=self.loan.public_id,
            # One plan may be best fit and lowest at once. The first name is stored, so that its
            # hash does not depend on how it was picked.
            choice=option.names[0],
            first_payment_days=self.policy.plans.first_payment_days,
            policy_version=self.policy_version,
        )
        return OptionWithTerms(option, terms, terms_sha256(terms))

    def chosen(self, answers: Answers) -> OptionWithTerms | None:
        """Return the option the borrower chose as it is today; None where there is no such option
        any more.
        """
        return self.chosen_of(self.offer(answers), answers)

    def chosen_of(self, offer: Offer, answers: Answers) -> OptionWithTerms | None:
        """Return the option the borrower chose of an offer; None where it is not there."""
        option = next((one for one in offer.options if answers.choice in one.names), None)
        return None if option is None else self.candidate(option, answers)


def basis_for(
    session: Session, context: Context, *, borrower_id: int, loan_public_id: str
) -> ProposalBasis:
    """Load what a plan on a borrower's loan stands on.

    Raises: NotFound, also for a loan of someone else.
    """
    version, policy = active_policy(session)
    today = beijing_date(context.now)
    mine = (Loan.public_id == loan_public_id, Loan.borrower_id == borrower_id)
    found = loan_figures.figures_where(session, *mine, policy=policy, today=today)
    if not found:
        raise NotFound

    facts = plan_verdicts.facts_for(session, figures=found[0], policy=policy, today=today)
    return ProposalBasis(borrower_id, found[0], policy, version, facts, today)


def basis_of_change(session: Session, *, basis: ProposalBasis) -> ProposalBasis:
    """Return what a version in place of the proposal that is open on the loan stands on.

    Raises: AlreadyOpen where none is open that its borrower may change.
    Source: product, states; ADR 0042.
    """
    proposal = basis.figures.negotiation
    if proposal is None or proposal.state not in CHANGEABLE:
        raise AlreadyOpen

    # What is changed is no other plan of the borrower's.
    others = basis.facts.other_planned_fen - sum(proposal.version.terms["planned"].values())
    endless = select(Hold.id).where(Hold.loan_id == basis.loan.id, Hold.until_at.is_(None))
    is_held = session.scalar(endless.where(Hold.cause == PLAN_SUBMITTED)) is not None
    until = kept_until(basis.figures, proposal)
    facts = replace(
        basis.facts,
        has_open_plan=False,
        other_planned_fen=max(0, others),
        # A hold that runs goes on with the change; it is no second one.
        hold_ended_lately=basis.facts.hold_ended_lately and not is_held,
        offer_over=until is not None and until < basis.today,
    )
    figures = loan_figures.as_changed(basis.figures, today=basis.today)
    return replace(basis, figures=figures, facts=facts, changes=proposal)


def kept_until(figures: loan_figures.Figures, proposal: loan_figures.Proposal) -> date | None:
    """Return the last day of the latest offer that was made in a proposal's plan; None without one.

    Source: product, states: a change keeps valid_until.
    """
    ends = [
        beijing_date(one.version.valid_until_at)
        for one in figures.proposals
        if one.plan.id == proposal.plan.id and one.version.valid_until_at
    ]
    return max(ends, default=None)


def basis_beside(
    session: Session, context: Context, *, borrower_id: int, loan_public_id: str
) -> ProposalBasis:
    """Load what another plan on a loan would stand on if the proposal that is open on it was taken
    back today.

    Without an open proposal it is the basis as it is.
    Raises: NotFound.
    Source: ADR 0017; default policy, a second hold needs a person.
    """
    basis = basis_for(session, context, borrower_id=borrower_id, loan_public_id=loan_public_id)
    proposal = basis.figures.negotiation
    if proposal is None or not proposal.is_open:
        return basis

    # The open proposal would be gone; counting it would hold the new plan against itself.
    others = basis.facts.other_planned_fen - sum(proposal.version.terms["planned"].values())
    # Taking it back today makes the next one a second hold, which needs a person (ADR 0014).
    facts = replace(
        basis.facts, has_open_plan=False, hold_ended_lately=True, other_planned_fen=max(0, others)
    )
    figures = loan_figures.as_if_taken_back(basis.figures, policy=basis.policy, today=basis.today)

    return replace(basis, figures=figures, facts=facts)
