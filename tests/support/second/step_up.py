"""`step_up`: the first instalments low by a stated amount, the rest equal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tests.support.second.choosing import Choice, Frame, framed, merged
from tests.support.second.days import pay_dates
from tests.support.second.ground import Ground
from tests.support.second.plans import Option, Part, PlanLoan, planned_option
from tests.support.second.rounding import share, split_evenly
from tests.support.second.spreading import PlanRate, plan_rate, spread
from tests.support.second.terms import Limits, Loan, Refused

Rows = list[list[tuple[int, int]]]


@dataclass(frozen=True)
class Steps:
    """The low amount and how many instalments are low."""

    low: int
    low_months: int


def rates_of(frame: Frame, rate: str) -> list[PlanRate]:
    """Each loan's own plan rate."""
    return [plan_rate(ground.loan, rate, frame.limits) for ground in frame.grounds]


def first_interest(frame: Frame, days: int, rates: Sequence[PlanRate]) -> list[int]:
    """Each loan's interest of the first period, the lower of a month's and that of its days."""
    return [
        rate.first(ground.left["principal"], days, ground.loan.day_basis)
        for rate, ground in zip(rates, frame.grounds, strict=True)
    ]


def low_rows(frame: Frame, steps: Steps, days: int, rates: Sequence[PlanRate]) -> Rows:
    """Principal and interest a loan of each low instalment: interest first, then in proportion."""
    planned = [ground.left["principal"] for ground in frame.grounds]
    left, rows = list(planned), []
    for number in range(steps.low_months):
        interest = [rate.month(fen) for rate, fen in zip(rates, left, strict=True)]
        if number == 0:
            interest = first_interest(frame, days, rates)
        rest = steps.low - sum(interest)
        if rest >= sum(left):
            raise Refused("low_pays_off")
        paid = share(rest, planned, left)
        rows.append(list(zip(paid, interest, strict=True)))
        left = [fen - off for fen, off in zip(left, paid, strict=True)]
        if any(start and not fen for start, fen in zip(planned, left, strict=True)):
            raise Refused("low_pays_off")
    return [list(column) for column in zip(*rows, strict=True)]


def loan_parts(
    ground: Ground, rate: PlanRate, low: list[tuple[int, int]], dates: Sequence[date]
) -> tuple[Part, ...]:
    """One loan: its low instalments, then what is left spread with the old components."""
    left = ground.left["principal"] - sum(principal for principal, _ in low)
    later = len(dates) - len(low)
    rows = low + spread(left, rate, later)
    old = {
        name: [0] * len(low) + split_evenly(ground.left[name], later)
        for name in ("interest", "penalty", "fee")
    }
    return tuple(
        Part(
            number=index + 1,
            due_on=due_on,
            principal=rows[index][0],
            plan_interest=rows[index][1],
            **{name: fen[index] for name, fen in old.items()},
        )
        for index, due_on in enumerate(dates)
    )


def step_up(frame: Frame, steps: Steps, count: int, rate: str = "contract") -> Option:
    """The plan of `count` instalments, not judged by amounts of the later ones."""
    check_low(frame, steps, rate)
    dates = pay_dates(frame.start, frame.pay_day, count, frame.limits.first_after_days)
    rates = rates_of(frame, rate)
    lows = low_rows(frame, steps, (dates[0] - frame.start).days, rates)
    loans = [
        PlanLoan(ground.loan.ref, ground.first_payment, loan_parts(ground, own, low, dates))
        for ground, own, low in zip(frame.grounds, rates, lows, strict=True)
    ]
    return planned_option("step_up", frame.grounds, loans, frame.start, rate)


def check_low(frame: Frame, steps: Steps, rate: str) -> None:
    """The low amount is at least the least instalment and above a month's plan interest."""
    pairs = zip(rates_of(frame, rate), frame.grounds, strict=True)
    month = sum(own.month(ground.left["principal"]) for own, ground in pairs)
    if steps.low <= month:
        raise Refused("low_below_interest", month + 1)
    if steps.low < frame.limits.least_instalment_fen:
        raise Refused("low_below_least", frame.limits.least_instalment_fen)
    if not 1 <= steps.low_months <= frame.limits.most_low_months:
        raise Refused("low_months", frame.limits.most_low_months)


def rises(option: Option, steps: Steps) -> bool:
    """True where every later instalment is above the low amount."""
    return min(option.amounts[steps.low_months :]) > steps.low


def allowed(frame: Frame, steps: Steps) -> dict[int, Option]:
    """Every number of instalments up to self-service's most that the rules allow."""
    fewest = max(frame.limits.fewest_periods, 2 * steps.low_months)
    most = min(frame.limits.self_service_periods, frame.most())
    made = {n: step_up(frame, steps, n) for n in range(fewest, most + 1)}
    return {n: option for n, option in made.items() if rises(option, steps)}


def step_up_options(
    loans: Sequence[Loan],
    start: date,
    pay_day: int | str,
    steps: Steps,
    monthly: int,
    *,
    limits: Limits,
    upfront: int = 0,
) -> Choice:
    """Best fit and lowest for a monthly amount; else the smallest amount that works."""
    if monthly <= steps.low:
        raise Refused("monthly_not_above_low", steps.low + 1)
    frame = framed(loans, start, pay_day, limits, upfront)
    plans = allowed(frame, steps)
    if not plans:
        raise Refused("low_not_below_later")
    highest = {n: max(plan.amounts[steps.low_months :]) for n, plan in plans.items()}
    fitting = [n for n in plans if highest[n] <= monthly]
    if not fitting:
        return Choice((), min(highest.values()))
    return Choice(merged(plans, {"best_fit": min(fitting), "lowest": max(plans)}))


def step_up_own(
    loans: Sequence[Loan],
    start: date,
    pay_day: int | str,
    steps: Steps,
    count: int,
    *,
    limits: Limits,
    upfront: int = 0,
) -> Option:
    """The borrower's own number of instalments, judged by the rules of the kind."""
    frame = framed(loans, start, pay_day, limits, upfront)
    fewest = max(limits.fewest_periods, 2 * steps.low_months)
    if not fewest <= count <= frame.most():
        raise Refused("periods", frame.most())
    option = step_up(frame, steps, count)
    if not rises(option, steps):
        raise Refused("low_not_below_later")
    return option
