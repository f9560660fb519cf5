"""The money of signed plans from payments and matches, as facts. Never commits."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.keeping.account import MoneyIn
from app.models import Match, Payment

UNDONE = "undone"


class _Laid(NamedTuple):
    """A match with its payment."""

    match: Match
    payment: Payment


class PlanMoney(NamedTuple):
    """Whose money counts for a plan: its loans, when it was signed, of which day the file was that
    its figures stood on.

    Of loans in `after_break` the figures stood on the contract that a broken plan left, with all
    that was paid up to the start. A plan that is broken itself `takes_on` money for its loans, up
    to the day in `until_on` where another plan was signed on one since.
    """

    loan_ids: Collection[int]
    signed_at: datetime
    book_on: date | None
    start_on: date = date.max
    after_break: Collection[int] = frozenset()
    takes_on: bool = False
    until_on: Mapping[int, date] = MappingProxyType({})


def money_of(session: Session, *, plans: Mapping[int, PlanMoney]) -> dict[int, tuple[MoneyIn, ...]]:
    """Return what came for signed plans, by plan: a match each, its reversal, what was undone as
    taken back; what came for their loans before the signature and is in no figure of them as money
    ahead on the signature; of a broken plan also what came for its loans since. One query.

    Its number is 渠道 and 流水号, so that ties are laid the same whatever was posted first.
    Units:  fen.
    Source: rules part 1, how a signed plan is kept: credit.
    """
    loans = {loan_id for one in plans.values() for loan_id in one.loan_ids}
    query = (
        select(Match, Payment)
        .join(Payment, Payment.id == Match.payment_id)
        .where(or_(Match.plan_id.in_(plans), Match.loan_id.in_(loans)))
        .order_by(Match.id)
    )
    by_plan: dict[int | None, list[_Laid]] = defaultdict(list)
    by_loan: dict[int | None, list[_Laid]] = defaultdict(list)
    for row in session.execute(query):
        one = _Laid(*row)
        (by_plan[one.match.plan_id] if one.match.plan_id else by_loan[one.match.loan_id]).append(
            one
        )
    return {
        plan_id: _money([*by_plan[plan_id], *_for_loans(by_loan, plan)], plan)
        for plan_id, plan in plans.items()
    }


def _for_loans(by_loan: Mapping[int | None, Sequence[_Laid]], plan: PlanMoney) -> Iterator[_Laid]:
    """Yield what came for a plan's loans before its signature or after its break, and what takes it
    back.
    """
    for loan_id in plan.loan_ids:
        counted: set[int] = set()
        for one in by_loan.get(loan_id, ()):
            is_its = _was_before(one, plan, loan_id) or _is_after(one, plan, loan_id)
            if one.payment.reverses_id in counted or is_its:
                counted.add(one.payment.id)
                yield one


def _was_before(one: _Laid, plan: PlanMoney, loan_id: int) -> bool:
    """Whether money for a loan came after the file the plan stood on, and was there when it was
    signed.
    """
    if loan_id in plan.after_break:
        is_in_file = one.payment.paid_on <= plan.start_on
    else:
        is_in_file = plan.book_on is not None and one.payment.arrived_on <= plan.book_on
    return one.match.at <= plan.signed_at and not is_in_file and not one.payment.reverses_id


def _is_after(one: _Laid, plan: PlanMoney, loan_id: int) -> bool:
    """Whether money came for a loan whose plan is broken: its contract is laid on by that plan."""
    if not plan.takes_on or one.match.at <= plan.signed_at or one.payment.reverses_id:
        return False
    until = plan.until_on.get(loan_id)
    return until is None or one.payment.paid_on <= until


def number_of(payment: Payment, match: Match) -> str:
    """Return the number under which a match of a payment counts in an account."""
    again = f" #{match.number}" if match.number > 1 else ""
    return f"{payment.channel} {payment.channel_ref}{again}"


def _money(laid: Sequence[_Laid], plan: PlanMoney) -> tuple[MoneyIn, ...]:
    signed_on = beijing_date(plan.signed_at)
    # A payment that is reversed stays matched, so that what takes it back finds it.
    standing = {
        one.payment.id: number_of(one.payment, one.match)
        for one in laid
        if one.match.undone_at is None and one.payment.reverses_id is None
    }
    found: list[MoneyIn] = []
    for match, payment in laid:
        number = number_of(payment, match)
        reverses = None
        if payment.reverses_id is not None:
            reverses = standing.get(payment.reverses_id)
            if match.undone_at is not None or reverses is None:
                # A reversal that was itself taken off is nothing.
                continue
        paid_on, arrived_on = payment.paid_on, payment.arrived_on
        if match.loan_id is not None:
            # Money ahead on the signature: until then it was the loan's.
            paid_on, arrived_on = max(paid_on, signed_on), max(arrived_on, signed_on)
        came = MoneyIn(number, paid_on, arrived_on, match.at, match.fen, reverses)
        found.append(came)
        if match.undone_at is not None:
            found.append(
                came._replace(
                    number=f"{number} {UNDONE}", posted_at=match.undone_at, reverses=number
                )
            )
    return tuple(found)
