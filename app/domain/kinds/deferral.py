"""The unpaid instalments moved on by whole months, before anything is overdue."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from app.domain.allocation import Components
from app.domain.calendar import add_months
from app.domain.errors import RuleBroken
from app.domain.irr import NO_RATE, annual_rate
from app.domain.kinds.ground import Ground, check_debts, ground_with, latest_on
from app.domain.kinds.spreading import Bearing
from app.domain.kinds.stating import waived_of
from app.domain.kinds.telling import draft_of, option_of
from app.domain.money import div_half_up
from app.domain.plan import Offer, OwedLoan, PlanInstalment, PlanRequest
from app.domain.policy import PlanFacts, Policy
from app.domain.schedule import MONTHLY, Instalment, schedule
from app.domain.texts import N_


class MonthsOutside(RuleBroken):
    """A deferral is by a few months, and not longer than the contract bears."""

    code = "months_outside"
    message = N_("推迟的月数请写 1 到 %(most)s")


class EndsTooLate(RuleBroken):
    """The last instalment would fall due too late."""

    code = "ends_too_late"
    message = N_("推迟以后，最后一期会晚于 %(years)s 年；请少推迟几个月，或者找人工客服")


def deferral_offer(
    debts: Sequence[OwedLoan], request: PlanRequest, policy: Policy, facts: PlanFacts
) -> Offer:
    """Return the plan that moves every unpaid instalment on by so many months.

    Raises: OneLoanOnly, NothingOwed, MonthsOutside, EndsTooLate.
    Source: rules part 1, deferral; default policy, deferral.
    """
    # No first payment, no waiver, no amount to fit.
    asked = replace(request, upfront_fen=0, monthly_fen=0, periods=None)
    check_debts(debts, asked, policy)
    debt = debts[0]
    most = most_months(debt, policy)
    if not 1 <= asked.months <= most:
        raise MonthsOutside(most=most)

    unpaid = _unpaid(debt)
    planned = Components(
        # The excess is off the fee already; there is no penalty before anything is overdue.
        debt.owed.net.fee_fen,
        0,
        sum(row.interest_fen for row in unpaid),
        sum(row.principal_fen for row in unpaid),
    )
    waived = waived_of(asked, [Components()], [Components()])
    ground = ground_with(debts, asked, policy, facts, owed=[planned], waived=waived)
    rows = deferred(ground, unpaid)
    if rows[-1].due_on > latest_on(asked, policy):
        raise EndsTooLate(years=policy.plans.max_periods // 12)

    amounts = [one.amount_fen for one in rows]
    draft = draft_of([ground.loans[0].plan_ppm], [rows], amounts)
    option = option_of(ground, draft, annual=_rate(debt, rows))
    return Offer((option,), None, income_asked=False)


def most_months(debt: OwedLoan, policy: Policy) -> int:
    """Return by how many months a contract may be deferred at most.

    Source: rules part 1, deferral.
    """
    rules, periods = policy.kinds, debt.terms.periods
    bears = periods if periods <= rules.deferral_short_contract else periods // 2
    return min(rules.deferral_months, bears)


def deferred(ground: Ground, unpaid: Sequence[Instalment]) -> tuple[PlanInstalment, ...]:
    """Return the parts of a deferral, numbered from 1: of way `later` each instalment bears its
    principal's interest of the months, of way `monthly` the months' interest is due meanwhile.

    Source: rules part 1, deferral.
    """
    loan, asked = ground.loans[0], ground.request
    months = asked.months
    bearing = loan.bearing(loan.plan_ppm, None, ground.policy.amounts.ceiling_ppm)
    meanwhile: list[PlanInstalment] = []
    if asked.way == "monthly":
        monthly = bearing.month_fen(sum(row.principal_fen for row in unpaid))
        paid = loan.debt.owed.paid
        meanwhile = [
            PlanInstalment(count, _due_on(loan.debt, paid + count), 0, monthly, 0, 0, 0)
            for count in range(1, months + 1)
        ]
    moved = [
        PlanInstalment(
            number,
            _due_on(loan.debt, row.number + months),
            row.principal_fen,
            0 if meanwhile else months_fen(row.principal_fen, bearing, months),
            row.interest_fen,
            0,
            0,
        )
        for number, row in enumerate(unpaid, len(meanwhile) + 1)
    ]
    parts = [*meanwhile, *moved]
    return (parts[0]._replace(fee_fen=loan.left.fee_fen), *parts[1:])


def _due_on(debt: OwedLoan, number: int) -> date:
    day = debt.terms.due_day or debt.terms.start_on.day
    return add_months(debt.terms.start_on, number, day)


def months_fen(principal_fen: int, bearing: Bearing, months: int) -> int:
    """Return the interest that a principal bears over whole months, in fen.

    Source: rules part 1, deferral.
    """
    # Rounded once an instalment, not once a month.
    over = principal_fen * bearing.rate.numerator * months
    under = MONTHLY * bearing.rate.denominator
    return over // under if bearing.at_ceiling else div_half_up(over, under)


def _unpaid(debt: OwedLoan) -> list[Instalment]:
    """Return the unpaid instalments as scheduled; a principal partly paid, as the lender's file
    shows it, is open for the rest.
    """
    rows = schedule(debt.terms)[debt.owed.paid :]
    gone = sum(row.principal_fen for row in rows) - debt.owed.principal_left_fen
    open_rows = []
    for row in rows:
        paid = min(gone, row.principal_fen)
        gone -= paid
        open_rows.append(row._replace(principal_fen=row.principal_fen - paid))
    return open_rows


def _rate(debt: OwedLoan, rows: Sequence[PlanInstalment]) -> Decimal:
    """Return the annual rate of a deferral: from the start to the next contract date, then whole
    months; a month without a part pays nothing.

    Source: rules part 1, annual rate of the kinds.
    """
    start, due = debt.owed.as_of, {one.due_on: one.amount_fen for one in rows}
    number = 1
    while _due_on(debt, number) < start:
        number += 1
    dates: list[date] = []
    while not dates or dates[-1] < rows[-1].due_on:
        dates.append(_due_on(debt, number + len(dates)))
    amount = debt.owed.principal_left_fen + debt.owed.accrued_fen
    payments = [due.get(day, 0) for day in dates]
    if sum(payments) <= amount:
        return NO_RATE
    return annual_rate(amount, payments, (dates[0] - start).days)
