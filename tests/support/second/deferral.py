"""`deferral`: every instalment still to come falls due some months later."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

from tests.support.second.arrears import Position, position, unpaid_rows
from tests.support.second.contract import Row
from tests.support.second.days import months_after
from tests.support.second.plans import Option, Part, PlanLoan
from tests.support.second.spreading import PlanRate, plan_rate
from tests.support.second.terms import Limits, Loan, Refused
from tests.support.second.yields import annual_rate


def most_months(loan: Loan, start: date, limits: Limits) -> int:
    """The longest pause: six months, the contract's length or half of it, the end in time."""
    short = loan.periods <= limits.short_contract_periods
    by_length = loan.periods if short else loan.periods // 2
    end = months_after(start, limits.longest_months)
    most = min(limits.most_deferred_months, by_length)
    fitting = [k for k in range(most + 1) if months_after(loan.start_on, loan.periods + k) <= end]
    return max(fitting, default=0)


def paused_parts(loan: Loan, rows: Sequence[Row], months: int, rate: PlanRate) -> list[Part]:
    """Way `monthly`: the months' interest on the principal left, due in the pause."""
    interest = rate.month(sum(row.principal for row in rows))
    return [
        Part(step, months_after(loan.start_on, loan.paid + step), plan_interest=interest)
        for step in range(1, months + 1)
    ]


def moved_parts(
    loan: Loan, rows: Sequence[Row], months: int, rate: PlanRate | None, numbered_from: int
) -> list[Part]:
    """The instalments as scheduled, months later; with a rate each bears its own plan interest."""
    parts = []
    for index, row in enumerate(rows):
        bears = 0 if rate is None else rate.fen(row.principal * rate.annual / 12 * months)
        due_on = months_after(loan.start_on, row.number + months)
        parts.append(
            Part(
                number=numbered_from + index,
                due_on=due_on,
                principal=row.principal,
                interest=row.interest,
                plan_interest=bears,
            )
        )
    return parts


def with_fee(parts: Sequence[Part], fee: int) -> list[Part]:
    """Fees fall due with the first part."""
    return [replace(parts[0], fee=fee), *parts[1:]]


def deferral_rate(where: Position, parts: Sequence[Part]) -> Fraction:
    """Principal left and interest so far against the parts, whole months after the next date."""
    loan = where.loan
    dates = [months_after(loan.start_on, n) for n in range(1, loan.periods + 13)]
    dates = [day for day in dates if day >= where.as_of]
    by_date = {part.due_on: part.total for part in parts}
    last = dates.index(max(by_date))
    flows = [by_date.get(day, 0) for day in dates[: last + 1]]
    present = where.principal_left + where.running_interest
    return annual_rate(present, flows, (dates[0] - where.as_of).days)


def deferral(loan: Loan, start: date, months: int, way: str, limits: Limits) -> Option:
    """The contract's open instalments so many months later; way `later` or `monthly`."""
    where = position(loan, start, limits)
    rows = unpaid_rows(loan)
    if where.days_past_due or not rows:
        raise Refused("overdue" if rows else "nothing_left")
    most = most_months(loan, start, limits)
    if not 1 <= months <= most:
        raise Refused("months", most)
    rate = plan_rate(loan, "contract", limits)
    if way == "monthly":
        parts = paused_parts(loan, rows, months, rate)
        parts += moved_parts(loan, rows, months, None, months + 1)
    else:
        parts = moved_parts(loan, rows, months, rate, 1)
    parts = with_fee(parts, where.net["fee"])
    made = PlanLoan(loan.ref, 0, tuple(parts))
    return Option("deferral", (made,), rate=deferral_rate(where, parts))
