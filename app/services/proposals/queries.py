"""The journey to a plan as the borrower reads it: questions, options, check."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.budget import Budget
from app.domain.kinds.settlement import settled_waiver
from app.domain.money import Rate
from app.domain.notices import LIMITATION_NOTICE, SUBMISSION_NOTICE
from app.domain.plan import Offer, PlanKind, days_to_choose
from app.domain.plan_terms import PlannedTerms, read_terms
from app.domain.policy import is_above_target, target_fen
from app.domain.states import OPEN_VERSIONS
from app.models import Loan, Plan, PlanLoan, PlanVersion
from app.services.core.context import Context
from app.services.hardship.records import Hardship
from app.services.plans.contracts import contracts_by_loan, rates_told
from app.services.plans.verdicts import RuleView, waits_of
from app.services.proposals.basis import Answers, OptionWithTerms, ProposalBasis
from app.services.proposals.change_queries import (
    ChangeView,
    answered_by,
    change_view,
    shown_hash,
)
from app.services.proposals.draft_queries import draft_of, journey_basis
from app.services.reading.once import read_once


class JourneyLoan(NamedTuple):
    """One loan of the plan that a journey leads to.

    Units: fen.
    """

    public_id: str
    product: str
    tail: str
    payoff_fen: int


@dataclass(frozen=True)
class PlanJourney:
    """Where a borrower is on the journey to a plan that began at a loan.

    Units: fen; `days` are those on which one payment may settle it, `settle_waived_fen` what policy
           waives then; `is_entered` tells that staff filled it in; `kind` is the one picked, else
           the one that is usual for these loans; `due_day` is the contract's; `changes` is the open
           version that is being changed, else empty; `loans` are those of the plan, longest overdue
           first, which are a question where `asks_loans`.
    """

    loan_public_id: str
    product: str
    tail: str
    today: date
    as_of_on: date
    is_stale: bool
    payoff_fen: int
    today_fen: int
    is_small: bool
    settle_waived_fen: int
    least_fen: int
    first_payment_days: int
    days: tuple[date, ...]
    asks_income: bool
    answers: Answers
    hardship: Hardship | None
    is_entered: bool
    request_key: str
    kind: PlanKind
    due_day: int
    changes: str = ""
    asks_loans: bool = False
    loans: tuple[JourneyLoan, ...] = ()

    @property
    def reason(self) -> str | None:
        """Return the code of the reason told, None where the question is open."""
        return self.hardship.reason if self.hardship else None

    @property
    def budget(self) -> Budget | None:
        """Return what was told of a month, None where nothing was."""
        return self.hardship.budget if self.hardship else None

    @property
    def surplus_fen(self) -> int | None:
        """Return income less essential spending where it is asked and told, in fen."""
        return self.answers.surplus_fen


@dataclass(frozen=True)
class OptionView:
    """One option with its terms and names; who decides it and why, and whether it takes more than
    half of the surplus. `plan_ppm` and `contract_ppm` are those of the loan that speaks for all.
    """

    choices: tuple[str, ...]
    terms: PlannedTerms
    plan_ppm: Rate
    contract_ppm: int
    is_longer: bool
    is_at_once: bool
    is_tight: bool
    waits: tuple[RuleView, ...] = ()

    @property
    def choice(self) -> str:
        """Return the name the option is chosen by."""
        return self.choices[0]

    @property
    def is_reduced(self) -> bool:
        """Whether the plan's rate is below the contract's, on any loan."""
        return self.plan_ppm < self.contract_ppm


@dataclass(frozen=True)
class OfferView:
    """The options for the answers; without any, the smallest monthly amount that could carry a
    plan.

    `has_smaller`: a smaller monthly amount could carry a plan too.
    Units: fen; target_fen is what an instalment is better not above, None where income is not
           known.
    """

    journey: PlanJourney
    options: tuple[OptionView, ...]
    smallest_fen: int | None
    target_fen: int | None
    has_smaller: bool = False

    @property
    def is_only(self) -> bool:
        """Whether there is one plan and nothing to choose from."""
        return len(self.options) == 1

    @property
    def has_nothing_left(self) -> bool:
        """Whether nothing is left after essential spending: then a person and breathing space come
        first.
        """
        return self.journey.surplus_fen is not None and self.journey.surplus_fen <= 0

    @property
    def chosen(self) -> OptionView | None:
        """Return the option the borrower chose, if it is still there."""
        return next(
            (one for one in self.options if self.journey.answers.choice in one.choices), None
        )

    @property
    def preselected(self) -> OptionView:
        """Return the option that stands chosen when the page opens: the borrower's, else the best
        fit.
        """
        best = next((one for one in self.options if "best_fit" in one.choices), self.options[0])
        return self.chosen or best


@dataclass(frozen=True)
class CheckView:
    """What is about to be submitted, with the notices to read first; notices are Chinese source
    text, %(years)s in them the policy's limitation_years.

    `begins_hold`: contact goes on hold with the submission itself. `is_only`: there was one plan
    and nothing to choose from. `has_smaller`: a smaller monthly amount could carry a plan too.
    """

    journey: PlanJourney
    option: OptionView
    shown_sha256: str
    decide_by_on: date
    target_fen: int | None
    begins_hold: bool
    change: ChangeView | None
    is_only: bool
    has_smaller: bool
    notices: tuple[str, str] = (SUBMISSION_NOTICE, LIMITATION_NOTICE)


def plan_journey(
    session: Session, context: Context, *, borrower_id: int, loan_public_id: str
) -> PlanJourney:
    """Return where the borrower is on the journey to a plan on a loan.

    Raises: NotFound, a MayNotPropose.
    """
    return _journey(session, context, _basis(session, context, borrower_id, loan_public_id))


def plan_offer(
    session: Session, context: Context, *, borrower_id: int, loan_public_id: str
) -> OfferView:
    """Return the options for the answers given so far.

    Raises: NotFound, a MayNotPropose, MonthlyNeeded, FirstPaymentTooLarge.
    """
    basis = _basis(session, context, borrower_id, loan_public_id)
    journey = _journey(session, context, basis)
    offer = basis.offer(journey.answers)

    return OfferView(
        journey=journey,
        options=option_views(basis, offer, journey.answers, surplus_fen=journey.surplus_fen),
        smallest_fen=offer.smallest_fen,
        target_fen=_target(basis, journey),
        has_smaller=offer.has_smaller,
    )


def plan_check(
    session: Session, context: Context, *, borrower_id: int, loan_public_id: str
) -> CheckView | None:
    """Return what is about to be submitted; None where the chosen option is not there any more.

    Raises: NotFound, a MayNotPropose, MonthlyNeeded, FirstPaymentTooLarge.
    """
    basis = _basis(session, context, borrower_id, loan_public_id)
    journey = _journey(session, context, basis)
    # Computed anew for today: the option of yesterday may have other amounts, or be gone.
    offer = basis.offer(journey.answers)
    chosen = basis.chosen_of(offer, journey.answers)
    if chosen is None:
        return None

    return CheckView(
        journey,
        option_view(basis, candidate=chosen, surplus_fen=journey.surplus_fen),
        shown_hash(basis, chosen),
        answered_by(session, basis=basis),
        _target(basis, journey),
        # Told before submitting: contact will not pause by itself the second time (ADR 0014).
        begins_hold=not basis.facts.hold_ended_lately,
        change=change_view(session, context, basis=basis, chosen=chosen),
        is_only=len(offer.options) == 1,
        has_smaller=offer.has_smaller,
    )


def open_version(session: Session, *, borrower_id: int, loan_public_id: str) -> str | None:
    """Return the public id of the version that is open on a borrower's loan, if any."""
    query = (
        select(PlanVersion.public_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(PlanLoan, PlanLoan.plan_id == Plan.id)
        .join(Loan, Loan.id == PlanLoan.loan_id)
        .where(Loan.public_id == loan_public_id, Loan.borrower_id == borrower_id)
        # A plan that is kept has its loan too: the way leads there and not to a new proposal.
        .where(PlanLoan.is_open, PlanVersion.state.in_({*OPEN_VERSIONS, "signed"}))
        .order_by(PlanVersion.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def _basis(
    session: Session, context: Context, borrower_id: int, loan_public_id: str
) -> ProposalBasis:
    basis = journey_basis(session, context, borrower_id=borrower_id, loan_public_id=loan_public_id)
    # Every page of the journey asks again, since a file or another tab may have changed the answer.
    basis.check_may_propose()
    return basis


def _journey(session: Session, context: Context, basis: ProposalBasis) -> PlanJourney:
    key = ("place", basis.borrower_id, basis.loan.id, context.now)
    return read_once(session, *key, read=lambda: _place(session, context, basis))


def _place(session: Session, context: Context, basis: ProposalBasis) -> PlanJourney:
    draft = draft_of(session, context, borrower_id=basis.borrower_id, loan_id=basis.loan.id)
    policy, planned = basis.policy, [one.figures.owed for one in basis.planned]
    # Answers are kept as they were given and read as they count today: a day that has gone by is
    # asked again (ADR 0011).
    answers = basis.usable(draft.answers) if draft else Answers()

    return PlanJourney(
        loan_public_id=basis.loan.public_id,
        product=basis.loan.product,
        tail=basis.loan.ref[-4:],
        today=basis.today,
        as_of_on=basis.loan.as_of_on,
        is_stale=basis.is_stale,
        payoff_fen=basis.payoff_fen,
        today_fen=sum(one.today_fen for one in planned),
        is_small=basis.is_small,
        settle_waived_fen=sum(settled_waiver(one, policy).total for one in basis.debts.values()),
        least_fen=policy.plans.min_instalment_fen,
        first_payment_days=policy.plans.first_payment_days,
        days=days_to_choose(policy, basis.today) if basis.is_settled else (),
        asks_income=basis.asks_income(answers),
        answers=answers,
        hardship=draft.hardship if draft else None,
        is_entered=draft is not None and draft.entered_by is not None,
        request_key=draft.request_key if draft else "",
        kind="settlement" if basis.is_settled else basis.kind,
        due_day=basis.loan.due_day,
        changes=basis.changes.version.public_id if basis.changes else "",
        asks_loans=basis.asks_loans,
        loans=journey_loans(basis),
    )


def journey_loans(basis: ProposalBasis) -> tuple[JourneyLoan, ...]:
    """Return the loans of a basis that are in the plan, longest overdue first."""
    return tuple(
        JourneyLoan(one.public_id, loan.product, loan.ref[-4:], one.figures.owed.payoff_fen)
        for one in basis.ordered
        for loan in [one.figures.loan]
        if one.public_id in basis.loan_ids
    )


def _target(basis: ProposalBasis, journey: PlanJourney) -> int | None:
    return None if journey.surplus_fen is None else target_fen(basis.policy, journey.surplus_fen)


def option_views(
    basis: ProposalBasis, offer: Offer, answers: Answers, *, surplus_fen: int | None
) -> tuple[OptionView, ...]:
    """Return the options of an offer as pages show them; what is above the amount that was asked
    for never stands first.

    Units: fen.
    """
    views = (
        option_view(basis, candidate=basis.candidate(one, answers), surplus_fen=surplus_fen)
        for one in offer.options
    )
    return tuple(sorted(views, key=lambda one: one.terms.over_asked_fen > 0))


def option_view(
    basis: ProposalBasis, *, candidate: OptionWithTerms, surplus_fen: int | None
) -> OptionView:
    """Return an option as pages show it, beside what is left of income, if that is known.

    Units: fen.
    """
    option, terms = candidate.option, read_terms(candidate.terms)
    contracts = contracts_by_loan(one.figures.loan for one in basis.planned)
    plan_ppm, contract_ppm = rates_told(terms, contracts=contracts, policy=basis.policy)
    is_longer = option.periods > basis.policy.plans.self_service_periods
    is_tight = surplus_fen is not None and is_above_target(
        basis.policy, surplus_fen=surplus_fen, instalment_fen=option.highest_fen
    )

    return OptionView(
        choices=option.names,
        terms=terms,
        plan_ppm=plan_ppm,
        contract_ppm=contract_ppm,
        is_longer=is_longer,
        is_at_once=option.verdict == "at_once",
        is_tight=is_tight,
        waits=waits_of(option.results, basis.policy),
    )
