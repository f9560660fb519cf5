"""What a borrower says on the phone, as the answers of their own journey. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.domain.budget import Budget
from app.domain.calendar import PayDay
from app.domain.plan import DeferralWay, PlanKind
from app.domain.ways import Ease
from app.services.loans.regular_queries import RegularInstalment, by_ref
from app.services.proposals.basis import CHOICES, Answers, ProposalBasis


@dataclass(frozen=True)
class PhoneAnswers:
    """What the borrower says on the phone; what its kind of plan does not ask for is left aside.

    `loans` are public ids, None for the one that is talked about alone; `kind` None takes the one
    that suits best what was said of when it will be easier (`ease`); the budget is told whole or
    not at all.
    Units: fen. sum_fen is an own sum for a settlement, None policy's; periods an own number of
           instalments, None where the monthly amount decides.
    """

    upfront_fen: int = 0
    monthly_fen: int = 0
    pay_day: PayDay | None = None
    pay_on: date | None = None
    budget: Budget | None = None
    choice: str | None = None
    loans: tuple[str, ...] | None = None
    ease: Ease | None = None
    ease_months: int | None = None
    kind: PlanKind | None = None
    periods: int | None = None
    low_fen: int = 0
    low_months: int = 0
    months: int = 0
    way: DeferralWay = "later"
    sum_fen: int | None = None

    @property
    def surplus_fen(self) -> int | None:
        """Return income less essential spending, in fen; None where they were not told."""
        return self.budget.surplus_fen if self.budget else None

    def beside(self, regular: Sequence[RegularInstalment]) -> "PhoneAnswers":
        """Return the same with what the borrower's other loans ask for."""
        if self.budget is None:
            return self
        return replace(self, budget=replace(self.budget, regular=by_ref(regular)))

    def answers(self, basis: ProposalBasis) -> Answers:
        """Return the same as the answers of the borrower's own journey, for the loans and the kind
        of a basis.
        """
        said = Answers(loans=basis.loan_ids, choice=self.choice)
        if not basis.is_small:
            said = replace(said, kind=basis.kind)
        if basis.is_settled:
            own = None if basis.is_small else self.sum_fen or 0
            return replace(said, pay_on=self.pay_on, sum_fen=own, choice=CHOICES[0])
        if basis.kind == "deferral":
            return replace(said, months=self.months, way=self.way, choice=CHOICES[0])
        return self._month_by_month(said, basis)

    def _month_by_month(self, said: Answers, basis: ProposalBasis) -> Answers:
        is_low = basis.kind == "step_up"
        return replace(
            said,
            upfront_fen=self.upfront_fen,
            # An own number is said instead of an amount.
            monthly_fen=None if self.periods else self.monthly_fen,
            periods=self.periods or 0,
            pay_day=None if basis.kind == "catch_up" else self.pay_day,
            low_fen=self.low_fen if is_low else None,
            low_months=self.low_months if is_low else None,
            is_income_done=None if self.surplus_fen is None else True,
            surplus_fen=self.surplus_fen,
        )
