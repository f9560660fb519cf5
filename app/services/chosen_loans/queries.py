"""Which of a borrower's loans can go into one plan, and why the others cannot."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.kinds.ground import TooManyLoans
from app.domain.schedule import schedule
from app.domain.texts import N_
from app.services.core.context import Context
from app.services.proposals.basis import KnownLoan, ProposalBasis
from app.services.proposals.draft_queries import draft_row, journey_basis


class LoanNotChoosable(RuleBroken):
    """One of the loans that were ticked cannot be in this plan, or none was ticked."""

    code = "loan_not_choosable"
    message = N_("选的借款里有一笔现在放不进来，请再看一遍")
    none_chosen = N_("请至少选一笔")


@dataclass(frozen=True)
class LoanChoice:
    """One loan of a borrower as it can be chosen; `refusal` says why it cannot, else it is None.

    Units: fen; difference_fen is what the lender's file says more or less than our own figures.
    `is_planned_for`: ticked beforehand, or as it was answered.
    """

    public_id: str
    product: str
    tail: str
    days_past_due: int
    payoff_fen: int
    is_planned_for: bool
    difference_fen: int
    is_disputed: bool
    is_over_ceiling: bool
    refusal: RuleBroken | None
    next_due_on: date | None
    open_version: str | None

    @property
    def needs_person(self) -> bool:
        """Whether a person looks at the whole plan that it is in."""
        return bool(self.difference_fen) or self.is_disputed or self.is_over_ceiling


@dataclass(frozen=True)
class LoansQuestion:
    """All loans of a borrower, longest overdue first, and how many one plan takes."""

    loans: tuple[LoanChoice, ...]
    most: int
    decision_days: int

    @property
    def plain(self) -> tuple[LoanChoice, ...]:
        """Return the loans that need no person."""
        return tuple(one for one in self.loans if not one.refusal and not one.needs_person)

    @property
    def looked_at(self) -> tuple[LoanChoice, ...]:
        """Return the loans that send the plan to a person."""
        return tuple(one for one in self.loans if not one.refusal and one.needs_person)

    @property
    def not_now(self) -> tuple[LoanChoice, ...]:
        """Return the loans that cannot be chosen."""
        return tuple(one for one in self.loans if one.refusal)


def loans_question(
    session: Session, context: Context, *, borrower_id: int, loan_public_id: str
) -> LoansQuestion:
    """Return every loan of a borrower with whether it can be in a plan, as it was answered or
    ticked beforehand: those without a difference, an excess or a dispute.

    Raises: NotFound.
    Source: rules part 1, which loans.
    """
    basis = journey_basis(session, context, borrower_id=borrower_id, loan_public_id=loan_public_id)
    row = draft_row(session, borrower_id=borrower_id, loan_id=basis.loan.id)
    is_answered = row is not None and row.answers.get("loans") is not None
    return question_on(basis, basis.loan_ids if is_answered else ticked_beforehand(basis))


def ticked_beforehand(basis: ProposalBasis) -> tuple[str, ...]:
    """Return the loans that are ticked before anyone has answered, as public ids: those that need
    no person.

    Source: rules part 1, which loans.
    """
    plain = [one.public_id for one in basis.choosable if not one.needs_person]
    return tuple(plain[: basis.policy.kinds.most_loans])


def question_on(basis: ProposalBasis, ticked: Collection[str]) -> LoansQuestion:
    """Return every loan of a basis with whether it can be in a plan and whether it is ticked."""
    loans = tuple(_choice(one, basis, one.public_id in ticked) for one in basis.ordered)
    most, days = basis.policy.kinds.most_loans, basis.policy.clocks.decision_working_days
    return LoansQuestion(loans, most, days)


def ticked_loans(basis: ProposalBasis, ticked: Sequence[str]) -> list[KnownLoan]:
    """Return the loans that were ticked, longest overdue first.

    Raises: LoanNotChoosable, TooManyLoans.
    Source: rules part 1, which loans.
    """
    chosen = [one for one in basis.choosable if one.public_id in ticked]
    if not ticked:
        raise LoanNotChoosable(LoanNotChoosable.none_chosen)
    if len(chosen) != len(set(ticked)):
        raise LoanNotChoosable
    if len(chosen) > basis.policy.kinds.most_loans:
        raise TooManyLoans(most=basis.policy.kinds.most_loans)
    return chosen


def ticked_basis(basis: ProposalBasis, ticked: Sequence[str]) -> ProposalBasis:
    """Return a basis for the loans that were ticked; it begins where it did or, where that was left
    out, at the one longest overdue.

    Raises: LoanNotChoosable, TooManyLoans.
    Source: rules part 1, which loans.
    """
    chosen = [one.public_id for one in ticked_loans(basis, ticked)]
    start = basis.start_at if basis.start_at in chosen else chosen[0]
    ids = tuple(one.public_id for one in basis.known if one.public_id in chosen)
    return replace(basis, start_at=start, loan_ids=ids)


def _choice(one: KnownLoan, basis: ProposalBasis, is_planned_for: bool) -> LoanChoice:
    figures, loan = one.figures, one.figures.loan
    proposal = figures.negotiation
    return LoanChoice(
        public_id=one.public_id,
        product=loan.product,
        tail=loan.ref[-4:],
        days_past_due=figures.owed.days_past_due,
        payoff_fen=figures.owed.payoff_fen,
        is_planned_for=is_planned_for,
        difference_fen=sum(map(abs, figures.snapshot.differences.values())),
        is_disputed=one.facts.dispute,
        is_over_ceiling=figures.owed.excess_fen > 0,
        refusal=one.refusal(basis.policy, "reamortise"),
        next_due_on=next(
            (row.due_on for row in schedule(figures.terms) if row.due_on >= basis.today), None
        ),
        open_version=proposal.version.public_id if proposal else None,
    )
