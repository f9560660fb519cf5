"""What a plan is asked for, what it holds and how it is told, as values; and the days on which a
debt is settled in one payment.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from app.domain.allocation import Components
from app.domain.arrears import Arrears
from app.domain.calendar import PayDay
from app.domain.errors import RuleBroken
from app.domain.loan import LoanTerms
from app.domain.money import Rate
from app.domain.policy import Policy, RuleResult, Verdict
from app.domain.texts import N_

Choice = Literal["best_fit", "lowest", "fastest"]
PlanKind = Literal["reamortise", "step_up", "deferral", "catch_up", "settlement"]
KIND_NAMES: Mapping[str, str] = {
    "deferral": N_("延期还款"),
    "catch_up": N_("逾期分摊"),
    "reamortise": N_("分期重组"),
    "step_up": N_("先少后多"),
    "settlement": N_("一次性结清"),
}
# How a deferral is paid for: with each instalment when it comes, or every month meanwhile.
DeferralWay = Literal["later", "monthly"]


class MonthlyNeeded(RuleBroken):
    """A plan needs a monthly amount above zero."""

    code = "monthly_needed"
    message = N_("请写每月能还的金额，要比 0 多")


class FirstPaymentTooLarge(RuleBroken):
    """The first payment leaves nothing to plan, or less than the least instalments."""

    code = "first_payment_too_large"
    message = N_("先还的这一笔已经够全部结清，不用再分期；想分期的话请写少一些")
    too_little_left = N_("先还这么多，剩下的就不够分期了；先还的这一笔最多写 %(most)s")


class PayDateOutside(RuleBroken):
    """A debt is settled on a day of choice, from the start up to the policy's days after it."""

    code = "pay_date_outside"
    message = N_("请从列表里选一个日子")


class FiguresChanged(RuleBroken):
    """The option that was shown comes out differently now."""

    code = "figures_changed"
    message = N_("金额按今天重新算过了，请再看一遍，确认后再提交")


@dataclass(frozen=True, slots=True)
class StatedTerms:
    """What a counter-offer states by hand of the terms that follow from policy in a borrower's own
    proposal.

    Units: ppm a year by the loan's number, the contract's where a loan has none; fen over all the
           loans. put_off says by how many pay days the first instalment is later than it could be.
    """

    waived: Components
    rates: Mapping[str, Rate] = field(default_factory=dict)
    put_off: int = 0


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What is asked for: by the borrower, or by staff in a counter-offer.

    Units: fen; surplus_fen is income less essential spending, None where it was not told; start_on
           is the version's start, the date the arrears are computed for. periods is an own number
           of instalments, None where the monthly amount decides. low_fen and low_months are of a
           step-up, months and way of a deferral. pay_on is the day a settlement is paid on, None
           leaves it to the pay day; sum_fen an own sum for it. Kinds that keep to the contract's
           dates have no pay day. stated is of a counter-offer, which names its instalments.
    """

    monthly_fen: int
    upfront_fen: int
    surplus_fen: int | None
    pay_day: PayDay | None
    start_on: date
    pay_on: date | None = None
    kind: PlanKind = "reamortise"
    periods: int | None = None
    low_fen: int = 0
    low_months: int = 0
    months: int = 0
    way: DeferralWay = "later"
    sum_fen: int | None = None
    stated: StatedTerms | None = None


@dataclass(frozen=True, slots=True)
class OwedLoan:
    """One loan as a plan takes it; `promised` are waivers, in fen, of a signed plan that another
    takes the place of.
    """

    ref: str
    terms: LoanTerms
    owed: Arrears
    promised: Components | None = None


class PlanInstalment(NamedTuple):
    """One instalment of a plan, by component.

    Units: fen; interest_fen is the plan's own interest, old_interest_fen what was owed before it.
    """

    number: int
    due_on: date
    principal_fen: int
    interest_fen: int
    old_interest_fen: int
    penalty_fen: int
    fee_fen: int

    @property
    def amount_fen(self) -> int:
        """Return what is paid on the day, in fen."""
        return (
            self.principal_fen
            + self.interest_fen
            + self.old_interest_fen
            + self.penalty_fen
            + self.fee_fen
        )


class Regular(NamedTuple):
    """An instalment that goes on by the contract beside a plan, in fen."""

    number: int
    due_on: date
    principal_fen: int
    interest_fen: int

    @property
    def amount_fen(self) -> int:
        """Return what is paid on the day, in fen."""
        return self.principal_fen + self.interest_fen


@dataclass(frozen=True, slots=True)
class LoanShare:
    """One loan's share of a plan.

    Units: fen; ppm a year. planned is what its instalments spread, after waiver and first payment.
    """

    ref: str
    annual_ppm: Rate
    planned: Components
    upfront: Components
    waived: Components
    instalments: tuple[PlanInstalment, ...]

    @property
    def total_fen(self) -> int:
        """Return its share of the first payment and all its instalments, in fen."""
        return self.upfront.total + sum(one.amount_fen for one in self.instalments)


@dataclass(frozen=True, slots=True)
class PlanOption:
    """One plan with everything it says; its loans stand longest overdue first.

    Units: fen; annual_rate is the IRR shown (a fraction with four decimals); instalments are the
           sums over the loans; highest_fen is what is held against the monthly amount.
    """

    kind: PlanKind
    choices: tuple[Choice, ...]
    loans: tuple[LoanShare, ...]
    instalments: tuple[PlanInstalment, ...]
    highest_fen: int
    annual_rate: Decimal
    results: tuple[RuleResult, ...]
    verdict: Verdict
    reasons: tuple[str, ...]
    regular: tuple[Regular, ...] = ()

    @property
    def periods(self) -> int:
        """Return how many parts there are, without the first payment."""
        return len(self.instalments)

    @property
    def annual_ppm(self) -> Rate:
        """Return the plan's rate on the loan that is longest overdue."""
        return self.loans[0].annual_ppm

    @property
    def planned(self) -> Components:
        """Return what the instalments spread, by component, in fen."""
        return summed(one.planned for one in self.loans)

    @property
    def upfront_parts(self) -> Components:
        """Return what the first payment pays, by component, in fen."""
        return summed(one.upfront for one in self.loans)

    @property
    def upfront_fen(self) -> int:
        """Return the first payment, in fen."""
        return self.upfront_parts.total

    @property
    def waived(self) -> Components:
        """Return what is waived, by component, in fen."""
        return summed(one.waived for one in self.loans)

    @property
    def waived_fen(self) -> int:
        """Return what is waived, in fen."""
        return self.waived.total

    @property
    def plan_interest_fen(self) -> int:
        """Return the plan's own interest, in fen."""
        return sum(one.interest_fen for one in self.instalments)

    @property
    def total_fen(self) -> int:
        """Return the first payment and all instalments, in fen."""
        return sum(one.total_fen for one in self.loans)

    @property
    def ends_on(self) -> date:
        """Return the last due date."""
        return self.instalments[-1].due_on

    @property
    def names(self) -> tuple[Choice, ...]:
        """Return the answers that mean this option where several stand beside each other."""
        return self.choices or ("best_fit",)


@dataclass(frozen=True, slots=True)
class Offer:
    """The options for a request; without any, the smallest monthly amount that could carry a plan.

    `has_smaller`: a smaller monthly amount than that of every option could carry a plan too.
    Units: fen.
    """

    options: tuple[PlanOption, ...]
    smallest_fen: int | None
    income_asked: bool
    has_smaller: bool = False


def settlement_days(policy: Policy, start_on: date) -> tuple[date, ...]:
    """Return the days on which a debt may be settled in one payment: from the start on.

    Source: rules part 1, settlement; default policy, settlement_days.
    """
    return tuple(
        start_on + timedelta(days=count) for count in range(policy.kinds.settlement_days + 1)
    )


def days_to_choose(policy: Policy, start_on: date) -> tuple[date, ...]:
    """Return the days that pages offer for one payment: from the day on to which approving would
    not move it.

    Source: rules part 1, dates; ADR 0054.
    """
    return settlement_days(policy, start_on)[policy.plans.lead_days :]


def summed(each: Iterable[Components]) -> Components:
    """Return the sums of amounts by component, in fen."""
    return Components(*map(sum, zip(Components(), *each, strict=True)))


def components_of(payments: Iterable[PlanInstalment]) -> Components:
    """Add payments up by what they are for; interest from before the plan counts as interest.

    Units: fen.
    """
    return summed(
        Components(
            one.fee_fen, one.penalty_fen, one.interest_fen + one.old_interest_fen, one.principal_fen
        )
        for one in payments
    )


def summed_instalments(loans: Sequence[Sequence[PlanInstalment]]) -> tuple[PlanInstalment, ...]:
    """Return what loans that share their dates come to together, instalment by instalment."""
    if len(loans) == 1:
        return tuple(loans[0])
    return tuple(
        PlanInstalment(
            same[0].number, same[0].due_on, *map(sum, zip(*(one[2:] for one in same), strict=True))
        )
        for same in zip(*loans, strict=True)
    )
