"""What a plan on a borrower's loans stands on - figures, policy, facts - and the options that
follow. Never commits.
"""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.errors import NotFound, RuleBroken
from app.domain.keeping.remaining import NothingRemains
from app.domain.kinds.ground import in_order
from app.domain.kinds.options import has_plan, is_income_asked, plan_options
from app.domain.kinds.settlement import is_small
from app.domain.plan import (
    Offer,
    OwedLoan,
    PlanKind,
    PlanOption,
    PlanRequest,
    days_to_choose,
)
from app.domain.plan_terms import OWN_DAYS, read_terms
from app.domain.policy import PlanFacts, Policy, facts_together, is_stale
from app.domain.proposing import AlreadyOpen, MayNotPropose, may_propose
from app.domain.states import CHANGEABLE
from app.domain.terms_writing import terms_sha256, write_terms
from app.models import Hold, Loan
from app.services.contact.records import PLAN_SUBMITTED
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.loans import figures as loan_figures
from app.services.loans.left_figures import as_left, facts_left, kept_until
from app.services.plans import verdicts as plan_verdicts
from app.services.proposals.answers import Answers as Answers

CHOICES = ("best_fit", "lowest", "fastest")


# Kinds without a first payment.
NO_UPFRONT = frozenset({"deferral", "settlement"})
# Kinds that keep to one contract's own dates.
ONE_LOAN = frozenset({"deferral", "catch_up"})


class KnownLoan(NamedTuple):
    """One loan of a borrower with what is known of it when a plan is judged."""

    figures: loan_figures.Figures
    facts: PlanFacts

    @property
    def public_id(self) -> str:
        """Return the loan's public id."""
        return self.figures.loan.public_id

    @property
    def needs_person(self) -> bool:
        """Whether a person looks at the whole plan that it is in.

        Source: rules part 1, which loans.
        """
        return self.facts.discrepancy or self.facts.dispute or self.figures.owed.excess_fen > 0

    def refusal(self, policy: Policy, kind: PlanKind) -> MayNotPropose | None:
        """Return why no plan of a kind can be proposed on it now; None where one can.

        Source: rules part 1, which loans.
        """
        loan, owed = self.figures.loan, self.figures.owed
        try:
            may_propose(policy, self.facts, owed, loan.last_due_on, kind)
        except MayNotPropose as refused:
            return refused
        return None


@dataclass(frozen=True)
class OptionWithTerms:
    """One option with the terms a version of it would have, and their hash."""

    option: PlanOption
    terms: dict[str, Any]
    sha256: str


@dataclass(frozen=True)
class ProposalBasis:
    """A borrower's loans as they stand today for a plan on some of them; `changes` is the open
    proposal that another version would take the place of.

    `known` are all loans of the borrower, `loan_ids` the public ids of those in the plan; the
    journey began at `start_at`, which is one of them. `running` is the signed plan that another
    takes the place of: the loans are what is left of it today.
    """

    borrower_id: int
    known: tuple[KnownLoan, ...]
    start_at: str
    loan_ids: tuple[str, ...]
    kind: PlanKind
    policy: Policy
    policy_version: str
    today: date
    changes: loan_figures.Proposal | None = None
    running: loan_figures.Proposal | None = None

    @cached_property
    def figures(self) -> loan_figures.Figures:
        """Return the figures of the loan where the journey began."""
        return next(one.figures for one in self.known if one.public_id == self.start_at)

    @property
    def loan(self) -> Loan:
        """Return the stored loan where the journey began."""
        return self.figures.loan

    @cached_property
    def planned(self) -> tuple[KnownLoan, ...]:
        """Return the loans that are in the plan."""
        return tuple(one for one in self.known if one.public_id in self.loan_ids)

    @cached_property
    def ordered(self) -> list[KnownLoan]:
        """Return all loans of the borrower, longest overdue first."""
        by_ref = {one.figures.loan.ref: one for one in self.known}
        debts = (loan_figures.debt_of(one.figures) for one in self.known)
        return [by_ref[debt.ref] for debt in in_order(debts)]

    @cached_property
    def choosable(self) -> list[KnownLoan]:
        """Return the loans that one plan in instalments can be on, longest overdue first.

        Source: rules part 1, which loans.
        """
        return [one for one in self.ordered if one.refusal(self.policy, "reamortise") is None]

    @property
    def asks_loans(self) -> bool:
        """Whether there is something to choose: more than one loan that a plan can be on, and no
        version whose loans stand fast.
        """
        is_fixed = self.changes is not None or self.running is not None
        return not is_fixed and self.kind not in ONE_LOAN and len(self.choosable) > 1

    @property
    def loans(self) -> tuple[Loan, ...]:
        """Return the stored loans that are in the plan."""
        return tuple(one.figures.loan for one in self.planned)

    @cached_property
    def facts(self) -> PlanFacts:
        """Return what is known of the plan's loans together."""
        return facts_together([one.facts for one in self.planned])

    @cached_property
    def debts(self) -> dict[str, OwedLoan]:
        """Return the plan's loans as a plan takes them, by public id."""
        return {one.public_id: loan_figures.debt_of(one.figures) for one in self.planned}

    @property
    def payoff_fen(self) -> int:
        """Return what would pay off the plan's loans today, in fen."""
        return sum(one.figures.owed.payoff_fen for one in self.planned)

    @cached_property
    def is_small(self) -> bool:
        """Whether one payment settles it all: then no amounts are asked."""
        return self.kind != "deferral" and is_small(list(self.debts.values()), self.policy)

    @property
    def is_settled(self) -> bool:
        """Whether one payment on a day of choice settles it."""
        return self.is_small or self.kind == "settlement"

    def answered(self, answers: Answers) -> "ProposalBasis":
        """Return the basis for the loans and the kind that were answered; what is not the
        borrower's is left aside.
        """
        named = {one.public_id for one in self.known} & set(answers.loans or ())
        found = self._with_kind(answers.kind)
        is_fixed = self.changes is not None or self.start_at not in named
        is_fixed = is_fixed or self.running is not None
        if is_fixed or found.kind in ONE_LOAN:
            return found
        # One that cannot be in it any more is left out: what is shown is computed anew on every
        # page, and only what was shown is submitted.
        ids = tuple(
            one.public_id
            for one in self.known
            if one.public_id == self.start_at
            or (one.public_id in named and one.refusal(self.policy, found.kind) is None)
        )
        return replace(found, loan_ids=ids)

    def _with_kind(self, kind: PlanKind | None) -> "ProposalBasis":
        """Loans that fell overdue since, or no longer are, are asked again for a kind."""
        is_late = any(one.figures.owed.days_past_due for one in self.planned)
        kind = kind or self.kind
        if self.running is not None:
            # What is left of a signed plan keeps no contract's dates.
            return replace(self, kind="reamortise" if kind in ONE_LOAN else kind)
        if is_late == (kind == "deferral"):
            kind = "reamortise" if is_late else "deferral"
        return replace(self, kind=kind)

    @property
    def is_stale(self) -> bool:
        """Whether the lender's file is older than the policy trusts."""
        return is_stale(self.policy, self.facts.file_age_days)

    def check_may_propose(self) -> None:
        """Pass where a plan may be proposed now on each of its loans.

        Raises: a MayNotPropose that says why not.
        """
        for one in self.planned:
            refusal = one.refusal(self.policy, self.kind)
            if refusal is not None:
                raise refusal

    def request(self, answers: Answers) -> PlanRequest:
        """Return what the answers ask for, from today on."""
        # A draft may have been started while the debt was larger; what no longer applies is left
        # aside and not deleted.
        kind: PlanKind = "settlement" if self.is_small else self.kind
        is_low = kind == "step_up"
        # An own number is asked for instead of an amount.
        is_by_amount = kind not in NO_UPFRONT and not answers.periods
        return PlanRequest(
            monthly_fen=(answers.monthly_fen or 0) if is_by_amount else 0,
            upfront_fen=0 if kind in NO_UPFRONT else answers.upfront_fen or 0,
            surplus_fen=answers.surplus_fen,
            # Any day does until one is chosen: whether income is asked does not depend on it.
            pay_day=None if kind in OWN_DAYS - {"settlement"} else answers.pay_day or 1,
            start_on=self.today,
            pay_on=answers.pay_on if kind == "settlement" else None,
            kind=kind,
            # Zero takes an own number or sum back.
            periods=None if kind in NO_UPFRONT else answers.periods or None,
            low_fen=(answers.low_fen or 0) if is_low else 0,
            low_months=(answers.low_months or 0) if is_low else 0,
            months=(answers.months or 0) if kind == "deferral" else 0,
            way=answers.way or "later",
            sum_fen=self._own_sum(answers) if kind == "settlement" else None,
        )

    def _own_sum(self, answers: Answers) -> int | None:
        return None if self.is_small else answers.sum_fen or None

    def asks_income(self, answers: Answers) -> bool:
        """Whether income is asked for: where the policy counts it, and where a plan fits, since no
        income would make one fit.
        """
        if not self.counts_income(answers):
            return False
        return has_plan(self._debts, self.request(answers), self.policy, self.facts)

    def counts_income(self, answers: Answers) -> bool:
        """Whether the policy counts income; not before there are amounts that leave something to
        plan.
        """
        if self.is_small or self.kind in NO_UPFRONT or not self._has_amounts(answers):
            return False
        # A page asks of the same answers several times, and each time plans are weighed for it.
        if answers not in self._counted:
            self._counted[answers] = self._is_income_asked(answers)
        return self._counted[answers]

    @cached_property
    def _counted(self) -> dict[Answers, bool]:
        return {}

    def _is_income_asked(self, answers: Answers) -> bool:
        try:
            return is_income_asked(self._debts, self.request(answers), self.policy, self.facts)
        except RuleBroken:
            # It is told at its own question; here it only means that there is nothing to ask income
            # for.
            return False

    def _has_amounts(self, answers: Answers) -> bool:
        has_count = answers.monthly_fen is not None or bool(answers.periods)
        return answers.upfront_fen is not None and has_count

    @property
    def _debts(self) -> list[OwedLoan]:
        return list(self.debts.values())

    def usable(self, answers: Answers) -> Answers:
        """Return the answers as they count today: a day that is past is open again, income only
        where the policy counts it.
        """
        days = days_to_choose(self.policy, self.today)
        if answers.pay_on is not None and answers.pay_on not in days:
            answers = replace(answers, pay_on=None)
        if answers.kind is not None and answers.kind != self.kind:
            answers = replace(answers, kind=None, choice=None)
        # Income that the policy does not count changes no verdict: else telling it could only harm.
        # What was told before is known also where nothing fits: then a person comes first.
        return answers if self.counts_income(answers) else replace(answers, surplus_fen=None)

    def offer(self, answers: Answers) -> Offer:
        """Compute the options for the answers.

        Raises: MonthlyNeeded, FirstPaymentTooLarge, NothingOwed.
        """
        request = self.request(self.usable(answers))
        return plan_options(self._debts, request, self.policy, self.facts)

    def candidate(self, option: PlanOption, answers: Answers) -> OptionWithTerms:
        """Write an option's terms and hash them."""
        terms = write_terms(
            option,
            request=self.request(self.usable(answers)),
            debts=self.debts,
            # One plan may be best fit and lowest at once. The first name is stored, so that its
            # hash does not depend on how it was picked.
            choice=option.names[0],
            first_payment_days=self.policy.plans.first_payment_days,
            policy_version=self.policy_version,
            replaces=self.replaces,
        )
        return OptionWithTerms(option, terms, terms_sha256(terms))

    @property
    def replaces(self) -> str:
        """Return the agreement that another takes the place of, or empty."""
        return (self.running.agreement or "") if self.running else ""

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
    """Load what a plan that begins at one of a borrower's loans stands on: on this loan alone until
    others are answered.

    Raises: NotFound, also for a loan of someone else.
    """
    version, policy = active_policy(session)
    today = beijing_date(context.now)
    found = loan_figures.figures_of(session, borrower_id=borrower_id, policy=policy, today=today)
    if loan_public_id not in {one.loan.public_id for one in found}:
        raise NotFound

    facts = plan_verdicts.facts_for(
        session, borrower_id=borrower_id, loans=found, policy=policy, today=today
    )
    known = tuple(KnownLoan(*each) for each in zip(found, facts, strict=True))
    only = (loan_public_id,)
    return ProposalBasis(
        borrower_id, known, loan_public_id, only, "reamortise", policy, version, today
    )


def basis_of_change(session: Session, *, basis: ProposalBasis) -> ProposalBasis:
    """Return what a version in place of the proposal that is open on the loan stands on.

    Raises: AlreadyOpen where none is open that its borrower may change.
    Source: product, states; ADR 0042.
    """
    change = basis.figures.change
    if change is not None:
        return replace(basis_of_running(basis), changes=change)
    proposal = basis.figures.negotiation
    if proposal is None or proposal.state not in CHANGEABLE:
        raise AlreadyOpen

    mine = _loans_in(proposal)
    held = select(Hold.loan_id).where(Hold.cause == PLAN_SUBMITTED, Hold.until_at.is_(None))
    ids = [one.figures.loan.id for one in basis.known if one.public_id in mine]
    is_held = session.scalar(held.where(Hold.loan_id.in_(ids)).limit(1)) is not None
    until = kept_until(basis.figures, proposal)

    def changed(one: KnownLoan) -> KnownLoan:
        facts = replace(
            one.facts,
            has_open_plan=False,
            # What is changed is no other plan of the borrower's.
            other_planned_fen=_without(one.facts, proposal),
            # A hold that runs goes on with the change; it is no second one.
            hold_ended_lately=one.facts.hold_ended_lately and not is_held,
            offer_over=until is not None and until < basis.today,
        )
        return KnownLoan(loan_figures.as_changed(one.figures, today=basis.today), facts)

    # Which loans are in it stays: another set of loans is another plan.
    known = tuple(changed(one) if one.public_id in mine else one for one in basis.known)
    kind = cast(PlanKind, proposal.version.kind)
    return replace(basis, known=known, loan_ids=mine, kind=kind, changes=proposal)


def basis_of_running(basis: ProposalBasis) -> ProposalBasis:
    """Return what a plan in the place of the signed one that runs on the loan stands on: what is
    left of that one today.

    Raises: AlreadyOpen where none runs, or nothing of it is left.
    Source: rules part 1, how a signed plan is kept: change; ADR 0081.
    """
    running, today = basis.figures.running, basis.today
    if running is None:
        raise AlreadyOpen
    mine = _loans_in(running)
    try:
        left = as_left((one.figures for one in basis.known if one.public_id in mine), day=today)
    except NothingRemains:
        raise AlreadyOpen from None
    by_id = {one.loan.public_id: one for one in left}

    def changed(one: KnownLoan) -> KnownLoan:
        if one.public_id not in by_id:
            return one
        facts = facts_left(one.facts, one.figures, policy=basis.policy, today=today)
        return KnownLoan(by_id[one.public_id], facts)

    ids = tuple(one.public_id for one in basis.known if one.public_id in by_id)
    return replace(
        basis,
        known=tuple(map(changed, basis.known)),
        loan_ids=ids,
        kind="reamortise",
        running=running,
        start_at=basis.start_at if basis.start_at in by_id else ids[0],
    )


def _loans_in(proposal: loan_figures.Proposal) -> tuple[str, ...]:
    return tuple(one.public_id for one in read_terms(proposal.version.terms).loans)


def _without(facts: PlanFacts, proposal: loan_figures.Proposal) -> int:
    planned: dict[str, int] = proposal.version.terms["planned"]
    return max(0, facts.other_planned_fen - sum(planned.values()))


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

    mine = _loans_in(proposal)

    def back(one: KnownLoan) -> KnownLoan:
        # The open proposal would be gone; counting it would hold the new plan against itself.
        # Taking it back today makes the next one a second hold, which needs a person (ADR 0014).
        facts = replace(
            one.facts,
            has_open_plan=False,
            hold_ended_lately=True,
            other_planned_fen=_without(one.facts, proposal),
        )
        policy, today = basis.policy, basis.today
        figures = loan_figures.as_if_taken_back(one.figures, policy=policy, today=today)
        return KnownLoan(figures, facts)

    known = tuple(back(one) if one.public_id in mine else one for one in basis.known)
    return replace(basis, known=known)
