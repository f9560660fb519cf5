"""One payment that settles the debt: on policy's terms, or for a sum of the borrower's own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from app.domain.allocation import Components
from app.domain.calendar import pay_dates
from app.domain.errors import RuleBroken
from app.domain.kinds.ground import check_debts, ground_with, in_order, less
from app.domain.kinds.spreading import share
from app.domain.kinds.stating import granted_of, waived_of
from app.domain.kinds.telling import draft_of, option_of
from app.domain.money import yuan
from app.domain.plan import (
    Offer,
    OwedLoan,
    PayDateOutside,
    PlanInstalment,
    PlanRequest,
    settlement_days,
)
from app.domain.policy import PlanFacts, Policy
from app.domain.texts import N_


class SumOutside(RuleBroken):
    """An own sum is below what policy settles for, and not below the least."""

    code = "sum_outside"
    message = N_("一次还的金额，最少 %(least)s，要比 %(most)s 少")
    too_small = N_("减免以后，一次还的至少要有 %(least)s")


def is_small(debts: Sequence[OwedLoan], policy: Policy) -> bool:
    """Tell whether one payment settles what is owed, whatever plan was asked for.

    Source: default policy, settlement.
    """
    return sum(one.owed.payoff_fen for one in debts) < policy.plans.small_debt_fen


def settlement_offer(
    debts: Sequence[OwedLoan], request: PlanRequest, policy: Policy, facts: PlanFacts
) -> Offer:
    """Return the one payment that settles the debt; nothing accrues until its day.

    Raises: NothingOwed, TooManyLoans, PayDateOutside, SumOutside.
    Source: rules part 1, settlement; default policy, waiver that needs no person.
    """
    # Neither a first payment nor a monthly amount plays a part.
    asked = replace(request, kind="settlement", upfront_fen=0, periods=None)
    check_debts(debts, asked, policy)
    day = _day(asked, policy)
    ordered = in_order(debts)
    owed = [one.owed.net for one in ordered]
    waived = [settled_waiver(one, policy) for one in ordered]
    if asked.stated is not None:
        waived = waived_of(asked, owed, waived)
    elif asked.sum_fen is not None:
        waived = _own_waiver(owed, waived, asked.sum_fen, policy)
    ground = ground_with(debts, asked, policy, facts, owed=owed, waived=waived)

    rows = [_one_payment(loan.left, day) for loan in ground.loans]
    if asked.stated is not None:
        _check_sum(ground.planned_fen, owed, policy)
    rates = tuple(one.contract_ppm for one in ground.loans)
    draft = draft_of(rates, rows, [ground.planned_fen])
    return Offer((option_of(ground, draft),), None, income_asked=False)


def _day(asked: PlanRequest, policy: Policy) -> date:
    days = settlement_days(policy, asked.start_on)
    if asked.pay_on is not None:
        if asked.pay_on not in days:
            raise PayDateOutside
        return asked.pay_on
    if asked.pay_day is None:
        return days[-1]
    # From tomorrow on, without the lead of a plan in instalments, and never after the policy's last
    # day (ADR 0011).
    return min(pay_dates(asked.start_on, asked.pay_day, 1, lead_days=1)[0], days[-1])


def settled_waiver(debt: OwedLoan, policy: Policy) -> Components:
    """Return what policy waives of a loan where one payment settles it in time, in fen.

    Source: default policy, waiver that needs no person.
    """
    return granted_of(debt, "settlement", policy)


def _own_waiver(
    owed: Sequence[Components], policys: Sequence[Components], sum_fen: int, policy: Policy
) -> list[Components]:
    """Return what of each loan has to be waived for an own sum: penalty first, then interest, fees
    and principal.

    Raises: SumOutside.
    """
    sums = [less(*each).total for each in zip(owed, policys, strict=True)]
    least = _least_sum_fen(owed, policy)
    if not least <= sum_fen < sum(sums):
        raise SumOutside(least=yuan(least), most=yuan(sum(sums)))
    shares = share(sum_fen, sums)
    return [_taken_off(one, one.total - mine) for one, mine in zip(owed, shares, strict=True)]


def _check_sum(sum_fen: int, owed: Sequence[Components], policy: Policy) -> None:
    least = _least_sum_fen(owed, policy)
    if sum_fen < least:
        raise SumOutside(SumOutside.too_small, least=yuan(least))


def _least_sum_fen(owed: Sequence[Components], policy: Policy) -> int:
    return min(policy.kinds.settlement_least_fen, sum(one.total for one in owed))


def _taken_off(owed: Components, fen: int) -> Components:
    penalty = min(fen, owed.penalty_fen)
    interest = min(fen - penalty, owed.interest_fen)
    fee = min(fen - penalty - interest, owed.fee_fen)
    return Components(fee, penalty, interest, fen - penalty - interest - fee)


def _one_payment(left: Components, day: date) -> tuple[PlanInstalment, ...]:
    parts = (left.principal_fen, 0, left.interest_fen, left.penalty_fen, left.fee_fen)
    return (PlanInstalment(1, day, *parts),)
