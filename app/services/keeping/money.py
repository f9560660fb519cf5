"""The money of signed plans from payments and matches, as facts. Never commits."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
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
    """

    loan_ids: Collection[int]
    signed_at: datetime
    book_on: date | None


def money_of(session: Session, *, plans: Mapping[int, PlanMoney]) -> dict[int, tuple[MoneyIn, ...]]:
    """Return what came for signed plans, by plan: a match each, its reversal, what was undone as
    taken back; what came for their loans before the signature and is in no figure of them as money
    ahead on the signature. One query.

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
    rows = [_Laid(*row) for row in session.execute(query)]
    return {plan_id: _money(_counting(rows, plan_id, one), one) for plan_id, one in plans.items()}


def _counting(rows: Iterable[_Laid], plan_id: int, plan: PlanMoney) -> list[_Laid]:
    found: list[_Laid] = []
    before: set[int] = set()
    for one in rows:
        match, payment = one
        if match.plan_id == plan_id:
            found.append(one)
        elif match.loan_id in plan.loan_ids and (
            payment.reverses_id in before or _was_before(one, plan)
        ):
            before.add(payment.id)
            found.append(one)
    return found


def _was_before(one: _Laid, plan: PlanMoney) -> bool:
    """Whether money for a loan came after the file the plan stood on, and was there when it was
    signed.
    """
    is_in_file = plan.book_on is not None and one.payment.arrived_on <= plan.book_on
    return one.match.at <= plan.signed_at and not is_in_file and not one.payment.reverses_id


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
