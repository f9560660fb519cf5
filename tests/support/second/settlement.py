"""`settlement`: one payment that ends the loans."""

from collections.abc import Sequence
from datetime import date, timedelta

from tests.support.second.ground import overdue_positions, take_off
from tests.support.second.plans import Option, Part, PlanLoan
from tests.support.second.rounding import share
from tests.support.second.terms import Limits, Loan, Refused

WAIVER_ORDER = ("penalty", "interest", "fee", "principal")


def shared_sum(asked: int | None, policy: Sequence[int], owed: int, limits: Limits) -> list[int]:
    """What each loan has to bring: the policy's own sums, or the borrower's own shared out."""
    if asked is None:
        return list(policy)
    least = min(limits.least_settlement_fen, owed)
    if asked < least:
        raise Refused("sum_too_small", least)
    if asked >= sum(policy):
        raise Refused("sum_not_below_policy", sum(policy))
    return share(asked, policy, policy)


def settlement(
    loans: Sequence[Loan], start: date, pay_on: date, limits: Limits, own_sum: int | None = None
) -> Option:
    """The policy's own (pay-off less the whole penalty), or a sum the borrower names."""
    if not start <= pay_on <= start + timedelta(days=limits.settlement_days):
        raise Refused("pay_on", limits.settlement_days)
    places = overdue_positions(loans, start, limits)
    policy = [where.payoff - where.net["penalty"] for where in places]
    sums = shared_sum(own_sum, policy, sum(where.payoff for where in places), limits)
    waived = dict.fromkeys(WAIVER_ORDER, 0)
    made = []
    for where, brings in zip(places, sums, strict=True):
        left = take_off(where.net, where.payoff - brings, WAIVER_ORDER)
        for name in WAIVER_ORDER:
            waived[name] += where.net[name] - left[name]
        made.append(PlanLoan(where.loan.ref, 0, (Part(1, pay_on, **left),)))
    shown = {name: fen for name, fen in waived.items() if fen}
    return Option("settlement", tuple(made), shown)
