"""What a plan is asked for, what it holds and how it is told, as values; and the days on which a
small debt is settled.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from app.domain.allocation import Components
from app.domain.calendar import PayDay
from app.domain.errors import RuleBroken
from app.domain.policy import Policy, RuleResult, Verdict
from app.domain.texts import N_

Choice = Literal["best_fit", "lowest", "fastest"]
PlanKind = Literal["reamortise", "settlement"]
KIND_NAMES: Mapping[str, str] = {
    "reamortise": N_("分期重组"),
    "settlement": N_("一次性结清"),
}


class MonthlyNeeded(RuleBroken):
    """A plan needs a monthly amount above zero."""

    code = "monthly_needed"
    message = N_("请写每月能还的金额，要比 0 多")


class FirstPaymentTooLarge(RuleBroken):
    """The first payment leaves nothing to plan."""

    code = "first_payment_too_large"
    message = N_("先还的这一笔已经够全部结清，不用再分期；想分期的话请写少一些")


class PayDateOutside(RuleBroken):
    """A small debt is paid on a day of choice, from tomorrow up to the policy's days."""

    code = "pay_date_outside"
    message = N_("请从列表里选一个日子")


class FiguresChanged(RuleBroken):
    """The option that was shown comes out differently now."""

    code = "figures_changed"
    message = N_("金额按今天重新算过了，请再看一遍，确认后再提交")


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What the borrower asked for.

    Units: fen; surplus_fen is income less essential spending, None where it was not told; start_on
           is the version's start, the date the arrears are computed for; principal_first is the
           contract's own order; pay_on is the day chosen for a small debt, None leaves it to the
           pay day.
    """

    monthly_fen: int
    upfront_fen: int
    surplus_fen: int | None
    pay_day: PayDay
    start_on: date
    principal_first: bool = False
    pay_on: date | None = None


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


@dataclass(frozen=True, slots=True)
class PlanOption:
    """One plan with everything it says.

    Units: fen; annual_ppm is the plan's rate, annual_rate the IRR shown (a fraction with four
           decimals); planned is what is planned by component after waiver and first payment;
           total_fen = first payment + instalments.
    """

    kind: PlanKind
    choices: tuple[Choice, ...]
    periods: int
    annual_ppm: int
    upfront_fen: int
    upfront_parts: Components
    planned: Components
    waived_fen: int
    total_fen: int
    plan_interest_fen: int
    annual_rate: Decimal
    instalments: tuple[PlanInstalment, ...]
    results: tuple[RuleResult, ...]
    verdict: Verdict
    reasons: tuple[str, ...]

    @property
    def highest_fen(self) -> int:
        """Return the highest instalment, in fen."""
        return max(one.amount_fen for one in self.instalments)

    @property
    def ends_on(self) -> date:
        """Return the last due date."""
        return self.instalments[-1].due_on


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
    """Return the days on which a small debt may be settled: from the day after the start on.

    Source: default policy, a pay-off under the small debt's limit is settled on a day of choice.
    """
    return tuple(
        start_on + timedelta(days=count) for count in range(1, policy.plans.small_debt_days + 1)
    )
