"""Which plans are offered for a monthly amount: best fit, lowest, fastest, or a proposal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from tests.support.second.days import most_in_time
from tests.support.second.ground import Ground, grounds_of
from tests.support.second.plans import Option
from tests.support.second.reamortise import reamortise
from tests.support.second.terms import MILLION, Limits, Loan, Refused

NEAR_FEN = 200  # rounding makes "possible" uneven only so near


@dataclass(frozen=True)
class Choice:
    """The options for an amount; without any, the smallest amount that works."""

    options: tuple[Option, ...]
    smallest_fen: int | None = None


@dataclass(frozen=True)
class Frame:
    """What every plan of one question has in common."""

    grounds: Sequence[Ground]
    start: date
    pay_day: int | str
    limits: Limits

    def plan(self, count: int, rate: str = "contract") -> Option:
        """The plan of so many instalments."""
        return reamortise(
            self.grounds, self.start, self.pay_day, count, limits=self.limits, rate=rate
        )

    def most(self) -> int:
        """The largest number of instalments that ends in time."""
        limits = self.limits
        in_time = most_in_time(
            self.start, self.pay_day, limits.longest_months, limits.first_after_days
        )
        return min(limits.most_periods, in_time)

    def allowed(self, up_to: int, rate: str = "contract") -> dict[int, Option]:
        """Every plan with no instalment below the least; fewer than three where three are."""
        made = {n: self.plan(n, rate) for n in range(1, min(up_to, self.most()) + 1)}
        least = self.limits.least_instalment_fen
        enough = {n: plan for n, plan in made.items() if min(plan.amounts) >= least}
        usual = {n: plan for n, plan in enough.items() if n >= self.limits.fewest_periods}
        return usual or enough


def merged(plans: Mapping[int, Option], chosen: Mapping[str, int]) -> tuple[Option, ...]:
    """The chosen plans, equal ones once, with the names of what they were chosen for."""
    made = []
    for count in dict.fromkeys(chosen.values()):
        names = tuple(name for name, n in chosen.items() if n == count)
        made.append(replace(plans[count], choices=names))
    return tuple(made)


def first_payment_that_leaves(
    works: Callable[[int], bool], planned: int, most_left: int
) -> Refused:
    """The refusal that names the largest first payment after which a plan is possible."""
    bad, good = 0, min(most_left, planned)  # what is left
    while good < planned and not works(planned - good):
        bad, good = good, min(planned, good * 2)
    while good - bad > 1:
        middle = (bad + good) // 2
        bad, good = (bad, middle) if works(planned - middle) else (middle, good)
    lower = [left for left in range(max(1, good - NEAR_FEN), good) if works(planned - left)]
    return Refused("first_payment", planned - min([*lower, good]))


def fastest_amount(monthly: int, surplus: int | None, limits: Limits) -> Fraction | None:
    """The most a month the fastest plan may ask; None where there is no surplus."""
    if surplus is None:
        return Fraction(monthly * limits.fastest_ppm, MILLION)
    if surplus <= 0:
        return None
    return Fraction(max(monthly, surplus * limits.surplus_share_ppm // MILLION))


def fewest(plans: Mapping[int, Option], amount: Fraction | int) -> int | None:
    """The fewest instalments none of which is above the amount."""
    fitting = [n for n, plan in plans.items() if max(plan.amounts) <= amount]
    return min(fitting, default=None)


def proposal(frame: Frame, monthly: int) -> Choice:
    """What a person would have to decide: more instalments, then half the rate, then none."""
    limits = frame.limits
    first_longer = limits.self_service_periods + 1
    for rate in ("contract", "half", "zero"):
        plans = frame.allowed(limits.most_periods, rate)
        if rate == "contract" or first_longer in plans:
            plans = {n: plan for n, plan in plans.items() if n >= first_longer}
        count = fewest(plans, monthly)
        if count is not None:
            return Choice(merged(plans, {"best_fit": count}))
    free = frame.allowed(limits.most_periods, "zero") or frame.allowed(1)
    return Choice((), max(free[max(free)].amounts))


def framed(
    loans: Sequence[Loan], start: date, pay_day: int | str, limits: Limits, upfront: int
) -> Frame:
    """The loans' ground with the dates of a question."""
    return Frame(grounds_of(loans, start, limits, upfront), start, pay_day, limits)


def reamortise_options(
    loans: Sequence[Loan],
    start: date,
    pay_day: int | str,
    monthly: int,
    *,
    limits: Limits,
    upfront: int = 0,
    surplus: int | None = None,
) -> Choice:
    """Best fit, lowest and fastest for a monthly amount; else a proposal or the smallest."""
    frame = framed(loans, start, pay_day, limits, upfront)
    if not sum(ground.left_total for ground in frame.grounds):
        return Choice((replace(frame.plan(0), choices=("best_fit", "lowest")),))
    plans = frame.allowed(limits.self_service_periods)
    if not plans:

        def works(first: int) -> bool:
            """True where an instalment plan is possible after this first payment."""
            later = framed(loans, start, pay_day, limits, first)
            return bool(later.allowed(1))

        planned = sum(ground.planned_total for ground in frame.grounds)
        raise first_payment_that_leaves(works, planned, limits.least_instalment_fen)
    best = fewest(plans, monthly)
    if best is None:
        return proposal(frame, monthly)
    chosen = {"best_fit": best, "lowest": max(plans)}
    faster = fastest_amount(monthly, surplus, limits)
    quick = None if faster is None else fewest(plans, faster)
    return Choice(merged(plans, chosen if quick is None else {**chosen, "fastest": quick}))


def reamortise_own(
    loans: Sequence[Loan],
    start: date,
    pay_day: int | str,
    count: int,
    *,
    limits: Limits,
    upfront: int = 0,
) -> Option:
    """The borrower's own number of instalments, judged like any other plan."""
    frame = framed(loans, start, pay_day, limits, upfront)
    if not limits.fewest_periods <= count <= frame.most():
        raise Refused("periods", frame.most())
    option = frame.plan(count)
    least = limits.least_instalment_fen
    if not option.periods or min(option.amounts) >= least:
        return option
    if not upfront:
        raise Refused("least_instalment", max(frame.allowed(count)))

    def works(first: int) -> bool:
        """True where so many instalments are possible after this first payment."""
        return min(framed(loans, start, pay_day, limits, first).plan(count).amounts) >= least

    planned = sum(ground.planned_total for ground in frame.grounds)
    raise first_payment_that_leaves(works, planned, count * least)
