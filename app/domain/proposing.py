"""Whether a plan may be proposed on a loan at all, and why not."""

from datetime import date

from app.domain.arrears import Arrears
from app.domain.calendar import add_months
from app.domain.errors import RuleBroken
from app.domain.plan import PlanKind
from app.domain.policy import PlanFacts, Policy
from app.domain.texts import N_

# Kinds that keep to one contract's own dates.
OWN_CONTRACT = frozenset({"deferral", "catch_up"})


class MayNotPropose(RuleBroken):
    """No plan can be proposed on this loan now; each subclass names why."""

    code = "may_not_propose"


class NotOverdue(MayNotPropose):
    """A loan that is not overdue is not re-amortised (N-06)."""

    code = "not_overdue"
    message = N_("这笔借款还没有过还款日，照常还款就好；担心之后有困难，可以先和我们商量")


class AlreadyOverdue(MayNotPropose):
    """Only what is not overdue yet is deferred."""

    code = "already_overdue"
    message = N_("这笔借款已经过了还款日，不能再推迟；可以重新分期，或者只把欠的分期补上")


class LoanMissing(MayNotPropose):
    """The loan is not in the lender's file."""

    code = "missing"
    message = N_("这笔借款正在核对，核对好之前不能提方案；我们会尽快告诉您")


class UnderLegalReview(MayNotPropose):
    """A loan with a legal mark is looked at by a person first."""

    code = "legal_mark"
    message = N_("这笔借款有法律程序的记录，请联系人工客服，由同事先看清楚")


class TimeBarred(MayNotPropose):
    """More than three years without a contact or payment: legal review first (M-17)."""

    code = "time_barred"
    message = N_("这笔借款时间较久，需要先由工作人员查看，请联系人工客服")


class AlreadyOpen(MayNotPropose):
    """One open plan a loan."""

    code = "already_open"
    message = N_("这笔借款已经有一个方案在进行，可以先看看它的进展")


class NothingOwed(MayNotPropose):
    """Nothing is left to plan."""

    code = "nothing_owed"
    message = N_("这笔借款没有需要还的金额，不用提方案")


class NotInAChange(MayNotPropose):
    """What is left of a signed plan keeps no contract's dates: no deferral, no catch-up."""

    code = "not_in_a_change"
    message = N_("方案已经在还，剩下的可以重新分期、先少后多，或者一次还清；这种办法用不上")


def may_propose(
    policy: Policy,
    facts: PlanFacts,
    owed: Arrears,
    last_due_on: date,
    kind: PlanKind = "reamortise",
) -> None:
    """Pass where a plan of a kind may be proposed on the loan; last_due_on is the contract's last
    due date.

    Raises: a MayNotPropose whose code is missing, legal_mark, already_open, nothing_owed,
            time_barred, not_in_a_change, not_overdue or already_overdue.
    Source: rules part 1, which loans; how a signed plan is kept: change; N-06, M-17.
    """
    # The first reason that holds is the one told. A loan that is missing or taken by another plan
    # comes first: its figures may be wrong or stand still, so nothing is judged by them.
    if facts.missing:
        raise LoanMissing
    if facts.has_open_plan:
        raise AlreadyOpen
    if facts.legal_mark:
        raise UnderLegalReview
    if not owed.payoff_fen:
        raise NothingOwed
    if is_time_barred(
        policy, last_due_on=last_due_on, last_touch_on=facts.last_touch_on, as_of=owed.as_of
    ):
        raise TimeBarred
    _check_lateness(facts, owed, kind)


def _check_lateness(facts: PlanFacts, owed: Arrears, kind: PlanKind) -> None:
    # What is left of a plan may be planned anew also while nothing of it is late.
    if facts.changes:
        if kind in OWN_CONTRACT:
            raise NotInAChange
        return
    # Only a loan that is overdue is planned anew; before that it is deferred (N-06).
    if kind == "deferral":
        if owed.days_past_due:
            raise AlreadyOverdue
    elif not owed.days_past_due:
        raise NotOverdue


def is_time_barred(
    policy: Policy, *, last_due_on: date, last_touch_on: date | None, as_of: date
) -> bool:
    """Tell whether the limitation period has run out since the last due date, contact or payment.

    Source: M-15, M-16, M-17.
    """
    # For a debt in instalments the time runs from the last due date (M-15), and restarts with the
    # last demand or submission (M-16).
    since = last_due_on if last_touch_on is None else max(last_due_on, last_touch_on)
    return as_of > add_months(since, 12 * policy.amounts.limitation_years)
