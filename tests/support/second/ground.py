"""What is planned of each loan at a version's start: less excess, waiver and first payment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tests.support.second.arrears import Position, position
from tests.support.second.rounding import half_up, share
from tests.support.second.terms import MILLION, Limits, Loan, Refused

FIRST_PAYMENT_ORDER = ("fee", "penalty", "interest", "principal")


@dataclass(frozen=True)
class Ground:
    """What one loan brings into a plan; `left` is by component, after the first payment."""

    position: Position
    planned: dict[str, int]
    waived: int
    first_payment: int
    left: dict[str, int]

    @property
    def loan(self) -> Loan:
        """The contract."""
        return self.position.loan

    @property
    def planned_total(self) -> int:
        """After excess and waiver, before the first payment."""
        return sum(self.planned.values())

    @property
    def left_total(self) -> int:
        """What the instalments have to bring, without plan interest."""
        return sum(self.left.values())


def overdue_positions(loans: Sequence[Loan], as_of: date, limits: Limits) -> list[Position]:
    """The loans of one plan, longest overdue first; each must be overdue at the start."""
    if not 1 <= len(loans) <= limits.most_loans or len({loan.ref for loan in loans}) < len(loans):
        raise Refused("loans", limits.most_loans)
    found = [position(loan, as_of, limits) for loan in loans]
    if any(where.days_past_due == 0 for where in found):
        raise Refused("not_overdue")
    return sorted(found, key=lambda where: (where.oldest_unpaid_on, where.loan.ref))


def small(places: Sequence[Position], limits: Limits) -> bool:
    """A pay-off too small for instalments: only the policy's own settlement is left."""
    return sum(where.payoff for where in places) < limits.small_payoff_fen


def waived_penalty(where: Position, penalty: int, limits: Limits) -> int:
    """The share of the penalty left that is waived, by the loan's own days past due."""
    if where.days_past_due < limits.waiver_after_days:
        return 0
    return half_up(Fraction(penalty * limits.waiver_ppm, MILLION))


def take_off(parts: dict[str, int], amount: int, order: Sequence[str]) -> dict[str, int]:
    """The parts less an amount, laid on them in the order."""
    left = dict(parts)
    for name in order:
        taken = min(amount, left[name])
        left[name] -= taken
        amount -= taken
    return left


def grounds_of(
    loans: Sequence[Loan],
    as_of: date,
    limits: Limits,
    upfront: int = 0,
    parts: Callable[[Position], dict[str, int]] = lambda where: where.net,
) -> list[Ground]:
    """What is planned of each loan, longest overdue first; the first payment is shared out."""
    places = overdue_positions(loans, as_of, limits)
    if small(places, limits):
        raise Refused("small_payoff")
    net = [parts(where) for where in places]
    waived = [
        waived_penalty(where, each["penalty"], limits)
        for where, each in zip(places, net, strict=True)
    ]
    planned = [
        {**each, "penalty": each["penalty"] - waiver}
        for each, waiver in zip(net, waived, strict=True)
    ]
    totals = [sum(each.values()) for each in planned]
    if not 0 <= upfront <= sum(totals):
        raise Refused("first_payment", sum(totals))
    first = share(upfront, totals, totals)
    return [
        Ground(where, each, waiver, paid, take_off(each, paid, FIRST_PAYMENT_ORDER))
        for where, each, waiver, paid in zip(places, planned, waived, first, strict=True)
    ]
