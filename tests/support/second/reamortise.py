"""`reamortise`: what is left spread by equal instalments, loan by loan, on shared dates."""

from collections.abc import Sequence
from datetime import date

from tests.support.second.days import pay_dates
from tests.support.second.ground import Ground
from tests.support.second.plans import Option, Part, PlanLoan, planned_option
from tests.support.second.rounding import split_evenly
from tests.support.second.spreading import plan_rate, spread
from tests.support.second.terms import Limits


def loan_parts(
    ground: Ground, start: date, dates: Sequence[date], name: str, limits: Limits
) -> list[Part]:
    """One loan's own schedule at its own rate; the first period's interest is the lower one."""
    rate = plan_rate(ground.loan, name, limits)
    count = len(dates)
    rows = spread(ground.left["principal"], rate, count)
    days = (dates[0] - start).days
    first = rate.first(ground.left["principal"], days, ground.loan.day_basis)
    rows[0] = (rows[0][0], first)
    old = {key: split_evenly(ground.left[key], count) for key in ("interest", "penalty", "fee")}
    return [
        Part(
            number=index + 1,
            due_on=dates[index],
            principal=rows[index][0],
            interest=old["interest"][index],
            penalty=old["penalty"][index],
            fee=old["fee"][index],
            plan_interest=rows[index][1],
        )
        for index in range(count)
    ]


def reamortise(
    grounds: Sequence[Ground],
    start: date,
    pay_day: int | str,
    count: int,
    *,
    limits: Limits,
    rate: str = "contract",
) -> Option:
    """The plan of `count` instalments, not judged; without any where nothing is left."""
    nothing_left = sum(ground.left_total for ground in grounds) == 0
    dates = pay_dates(start, pay_day, 0 if nothing_left else count, limits.first_after_days)
    loans = []
    for ground in grounds:
        parts = loan_parts(ground, start, dates, rate, limits) if dates else []
        loans.append(PlanLoan(ground.loan.ref, ground.first_payment, tuple(parts)))
    return planned_option("reamortise", grounds, loans, start, rate)
