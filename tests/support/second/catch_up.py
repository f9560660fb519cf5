"""`catch_up`: the arrears alone, beside the regular instalments that go on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tests.support.second.choosing import Choice, first_payment_that_leaves, merged
from tests.support.second.contract import Row
from tests.support.second.ground import Ground, grounds_of
from tests.support.second.plans import Option, Part, PlanLoan
from tests.support.second.rounding import split_evenly
from tests.support.second.terms import Limits, Loan, Refused


@dataclass(frozen=True)
class CatchUp:
    """The ground of a catch-up, the dates its parts may take and the regular instalments."""

    ground: Ground
    dates: tuple[date, ...]
    regular: tuple[Row, ...]

    def beside(self, option: Option) -> list[int]:
        """Each part with the regular instalment of its date."""
        amounts = {row.due_on: row.total for row in self.regular}
        return [total + amounts[on] for on, total in zip(option.dates, option.amounts, strict=True)]


def catch_up_ground(loan: Loan, start: date, limits: Limits, upfront: int = 0) -> CatchUp:
    """What a catch-up starts from; refused where the loan is too late or too near its end."""
    ground = grounds_of([loan], start, limits, upfront, lambda where: where.net_arrears)[0]
    where = ground.position
    if where.days_past_due > limits.catch_up_days_past_due:
        raise Refused("too_long_overdue", limits.catch_up_days_past_due)
    if len(where.to_come) < limits.catch_up_regular_to_come:
        raise Refused("too_few_to_come", limits.catch_up_regular_to_come)
    earliest = start + timedelta(days=limits.first_after_days)
    dates = [row.due_on for row in where.to_come if row.due_on >= earliest]
    if loan.method == "interest_first":
        dates = [day for day in dates if day != where.to_come[-1].due_on]
    return CatchUp(ground, tuple(dates), where.to_come)


def split(base: CatchUp, count: int) -> Option:
    """The arrears over `count` dates, component by component; not judged."""
    ground = base.ground
    count = count if ground.left_total else 0
    shares = {name: split_evenly(fen, count) for name, fen in ground.left.items()} if count else {}
    parts = [
        Part(index + 1, base.dates[index], **{name: fen[index] for name, fen in shares.items()})
        for index in range(count)
    ]
    loan = PlanLoan(ground.loan.ref, ground.first_payment, tuple(parts))
    waived = {"penalty": ground.waived} if ground.waived else {}
    return Option("catch_up", (loan,), waived, regular=base.regular)


def fits_least(base: CatchUp, option: Option, limits: Limits) -> bool:
    """No part too small by itself, nor with the regular instalment of its date."""
    parts = all(amount >= limits.catch_up_least_part_fen for amount in option.amounts)
    return parts and all(sum_ >= limits.least_instalment_fen for sum_ in base.beside(option))


def allowed(base: CatchUp, limits: Limits) -> dict[int, Option]:
    """Every number of parts the rules allow, with its plan."""
    most = min(limits.catch_up_most, len(base.dates))
    made = {n: split(base, n) for n in range(limits.catch_up_fewest, most + 1)}
    return {n: option for n, option in made.items() if fits_least(base, option, limits)}


def nothing_allowed(
    loan: Loan, start: date, limits: Limits, base: CatchUp, wanted: Sequence[int]
) -> Refused:
    """Why no plan is possible; with a first payment the largest that leaves one is named."""
    if len(base.dates) < limits.catch_up_fewest or not base.ground.first_payment:
        return Refused("least_instalment")

    def works(upfront: int) -> bool:
        """True where the rules allow a plan after this first payment."""
        found = allowed(catch_up_ground(loan, start, limits, upfront), limits)
        return any(n in found for n in wanted)

    most_parts = limits.catch_up_least_part_fen * max(wanted)
    return first_payment_that_leaves(works, base.ground.planned_total, most_parts)


def catch_up(loan: Loan, start: date, count: int, limits: Limits, upfront: int = 0) -> Option:
    """The borrower's own number of parts, judged by the rules of the kind."""
    base = catch_up_ground(loan, start, limits, upfront)
    if not base.ground.left_total:
        return split(base, 0)
    most = min(limits.catch_up_most, len(base.dates))
    if not limits.catch_up_fewest <= count <= most:
        raise Refused("periods", most)
    option = split(base, count)
    if not fits_least(base, option, limits):
        raise nothing_allowed(loan, start, limits, base, [count])
    return option


def catch_up_options(
    loan: Loan, start: date, monthly: int, limits: Limits, upfront: int = 0
) -> Choice:
    """Best fit and lowest for a monthly amount; else the smallest amount that works."""
    base = catch_up_ground(loan, start, limits, upfront)
    if not base.ground.left_total:
        return Choice((replace(split(base, 0), choices=("best_fit", "lowest")),))
    plans = allowed(base, limits)
    if not plans:
        every = range(limits.catch_up_fewest, limits.catch_up_most + 1)
        raise nothing_allowed(loan, start, limits, base, every)
    fullest = {n: max(base.beside(option)) for n, option in plans.items()}
    fitting = [n for n in plans if fullest[n] <= monthly]
    if not fitting:
        return Choice((), min(fullest.values()))
    return Choice(merged(plans, {"best_fit": min(fitting), "lowest": max(plans)}))
