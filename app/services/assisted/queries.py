"""What staff ask on the phone, and the options that what is said there gives, by the same engine as
the borrower's own pages. Nothing is stored.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import LAST_PAY_DAY, PayDay
from app.domain.errors import NotFound, RuleBroken
from app.domain.plan import PlanKind, days_to_choose
from app.domain.plan_terms import loans_named
from app.domain.policy import target_fen
from app.domain.ways import Ways, ways_for
from app.models import Loan, PlanDraft, Staff
from app.services.assisted.spoken import PhoneAnswers
from app.services.chosen_loans.queries import (
    LoansQuestion,
    question_on,
    ticked_basis,
    ticked_beforehand,
)
from app.services.core.context import Context
from app.services.loans.regular_queries import RegularInstalment, regular_beside
from app.services.proposals.basis import Answers, ProposalBasis, basis_beside
from app.services.proposals.queries import JourneyLoan, OptionView, journey_loans, option_views
from app.services.ways.queries import InputLimits, limits_on


@dataclass(frozen=True)
class PhoneEntry:
    """What was filled in on the phone before and is not submitted yet: who did, and when."""

    by: str
    at: datetime


@dataclass(frozen=True)
class PhoneKinds:
    """The kinds of plan for the loans that are ticked, and what the one that is picked asks for;
    `kind` is None where none can be had or, for a small debt, none is asked.

    Units: fen. What the other loans ask for (`regular`) counts as spending; `days` are those of one
    payment.
    """

    loans: tuple[JourneyLoan, ...]
    payoff_fen: int
    is_small: bool
    ways: Ways
    kind: PlanKind | None
    limits: InputLimits
    days: tuple[date, ...]
    regular: tuple[RegularInstalment, ...]


@dataclass(frozen=True)
class PhonePage:
    """What the page asks on the phone; `refusal` is why no plan can be made on the loan now.

    Beside an open proposal (`is_beside`) options are only computed, as if it was taken back today.
    What was `entered` before is replaced by what is entered now. `question` is None where there is
    only one loan; `asks_loans` tells whether several can be ticked. `fault` says what is wrong with
    the ticks; `kinds` are then those of the loan that is talked about.
    """

    refusal: str
    is_beside: bool
    entered: PhoneEntry | None
    usual_day: PayDay
    question: LoansQuestion | None
    asks_loans: bool
    kinds: PhoneKinds | None
    fault: RuleBroken | None = None


@dataclass(frozen=True)
class PhoneOffer:
    """The options for what was said; without any, the smallest monthly amount that could carry a
    plan.

    Units: fen; surplus_fen is what is left by what was said, also where it is not asked, target_fen
           what an instalment is better not above.
    """

    options: tuple[OptionView, ...]
    smallest_fen: int | None
    asks_income: bool
    surplus_fen: int | None
    target_fen: int | None


def phone_page(
    session: Session,
    context: Context,
    *,
    loan_public_id: str,
    spoken: PhoneAnswers | None = None,
) -> PhonePage:
    """Return what is asked on the phone about a loan and those beside it, for what was said so far;
    before anything was, with the loans ticked that are ticked on the borrower's own page.

    Raises: NotFound.
    Source: rules part 1, which loans; product, on the phone.
    """
    borrower_id = borrower_of(session, loan_public_id=loan_public_id)
    basis = basis_beside(session, context, borrower_id=borrower_id, loan_public_id=loan_public_id)
    basis = basis.answered(Answers())
    proposal = basis.figures.negotiation
    is_beside = proposal is not None and proposal.is_open
    # Computing beside an open proposal is allowed, entering is not: the way there is asking for a
    # change (ADR 0017).
    said = spoken or PhoneAnswers(loans=_beforehand(basis, is_beside=is_beside))
    due_day = basis.loan.due_day
    page = PhonePage(
        refusal="",
        is_beside=is_beside,
        entered=_entered(session, context, basis, said),
        usual_day=due_day if due_day <= LAST_PAY_DAY else "last",
        question=_question(basis, said),
        asks_loans=basis.asks_loans,
        kinds=None,
    )
    try:
        basis.check_may_propose()
    except RuleBroken as refused:
        # Shown and not raised: staff should read why and go on talking.
        return replace(page, refusal=refused.message)
    try:
        return replace(page, kinds=_kinds(session, context, _ticked(basis, said), said))
    except RuleBroken as refused:
        # All else that was said stays on the page while the ticks are mended.
        return replace(page, kinds=_kinds(session, context, basis, said), fault=refused)


def phone_offer(
    session: Session, context: Context, *, loan_public_id: str, spoken: PhoneAnswers
) -> PhoneOffer:
    """Compute the options for what was said.

    Raises: NotFound, a MayNotPropose, LoanNotChoosable, TooManyLoans, MonthlyNeeded,
            FirstPaymentTooLarge, and what the rules refuse of the kind or its inputs.
    Source: rules part 1, how a plan is computed.
    """
    borrower_id = borrower_of(session, loan_public_id=loan_public_id)
    basis = basis_beside(session, context, borrower_id=borrower_id, loan_public_id=loan_public_id)
    basis = spoken_basis(basis, spoken)
    spoken = spoken.beside(regular_of(session, context, basis=basis))
    answers = spoken.answers(basis)
    offer = basis.offer(answers)
    counted = basis.usable(answers).surplus_fen
    left = spoken.surplus_fen
    return PhoneOffer(
        option_views(basis, offer, answers, surplus_fen=counted),
        offer.smallest_fen,
        basis.asks_income(answers),
        left,
        None if left is None else target_fen(basis.policy, left),
    )


def spoken_basis(basis: ProposalBasis, spoken: PhoneAnswers) -> ProposalBasis:
    """Return a basis for the loans that were ticked and the kind that was picked on the phone; it
    begins at the loan that is talked about or, where that was left out, the one longest overdue.

    Raises: a MayNotPropose, LoanNotChoosable, TooManyLoans; the RuleBroken that says why these
            loans cannot have the kind.
    Source: rules part 1, which loans.
    """
    basis = basis.answered(Answers())
    basis.check_may_propose()
    basis = _ticked(basis, spoken)
    if basis.is_small:
        return basis
    ways = _ways(basis, spoken)
    refused = {one.kind: one.refusal for one in ways.unfit}
    if spoken.kind in refused:
        raise refused[spoken.kind]
    if not ways.possible:
        raise ways.unfit[0].refusal
    return replace(basis, kind=spoken.kind or ways.first[0])


def _ticked(basis: ProposalBasis, spoken: PhoneAnswers) -> ProposalBasis:
    # A deferral keeps to one loan, and of one that can be chosen there is nothing to choose.
    if not basis.asks_loans or spoken.loans is None:
        return basis
    return ticked_basis(basis, spoken.loans)


def borrower_of(session: Session, *, loan_public_id: str) -> int:
    """Return whose loan it is.

    Raises: NotFound.
    """
    found = session.scalar(select(Loan.borrower_id).where(Loan.public_id == loan_public_id))
    if found is None:
        raise NotFound
    return found


def regular_of(
    session: Session, context: Context, *, basis: ProposalBasis
) -> tuple[RegularInstalment, ...]:
    """Return what the borrower's loans that are not in the plan ask for."""
    return regular_beside(
        session, context, borrower_id=basis.borrower_id, planned=[loan.id for loan in basis.loans]
    )


def _beforehand(basis: ProposalBasis, *, is_beside: bool) -> tuple[str, ...] | None:
    """The loans of the proposal that is open; else as the borrower's own page ticks them, and where
    it ticks none the one that is talked about.
    """
    proposal = basis.figures.negotiation
    if is_beside and proposal is not None:
        named = loans_named(proposal.version.terms)
        return tuple(one.public_id for one in basis.choosable if one.public_id in named)
    return ticked_beforehand(basis) or None


def _question(basis: ProposalBasis, spoken: PhoneAnswers) -> LoansQuestion | None:
    if len(basis.known) < 2:
        return None
    ticked = basis.loan_ids if spoken.loans is None else spoken.loans
    return question_on(basis, ticked if basis.asks_loans else basis.loan_ids)


def _kinds(
    session: Session, context: Context, basis: ProposalBasis, spoken: PhoneAnswers
) -> PhoneKinds:
    ways = _ways(basis, spoken)
    first = ways.first[0] if ways.first else None
    kind = spoken.kind if spoken.kind in ways.possible else first
    if basis.is_small:
        kind = None
    if kind is not None:
        basis = replace(basis, kind=kind)
    return PhoneKinds(
        loans=journey_loans(basis),
        payoff_fen=basis.payoff_fen,
        is_small=basis.is_small,
        ways=ways,
        kind=kind,
        limits=limits_on(basis, low_months=spoken.low_months, said_months=spoken.ease_months),
        days=days_to_choose(basis.policy, basis.today) if basis.is_settled else (),
        regular=regular_of(session, context, basis=basis),
    )


def _ways(basis: ProposalBasis, spoken: PhoneAnswers) -> Ways:
    debts = list(basis.debts.values())
    return ways_for(spoken.ease, debts, basis.policy, basis.facts, today=basis.today)


def _entered(
    session: Session, context: Context, basis: ProposalBasis, spoken: PhoneAnswers
) -> PhoneEntry | None:
    named = {basis.start_at, *(spoken.loans or ())}
    mine = [one.figures.loan.id for one in basis.known if one.public_id in named]
    query = (
        select(Staff.display_name, PlanDraft.updated_at)
        # A person may have several accounts; the oldest one names them.
        .join(PlanDraft, PlanDraft.entered_by == Staff.person_id)
        .where(PlanDraft.loan_id.in_(mine), PlanDraft.expires_at > context.now)
        .order_by(PlanDraft.updated_at.desc(), Staff.id)
        .limit(1)
    )
    found = session.execute(query).one_or_none()

    return PhoneEntry(*found) if found else None
