"""The money of signed plans from payments and matches, as facts. Never commits."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.keeping.account import MoneyIn
from app.models import Match, Payment

UNDONE = "undone"


class _Laid(NamedTuple):
    """A match with its payment."""

    match: Match
    payment: Payment


def money_of(session: Session, *, plan_ids: Iterable[int]) -> dict[int, tuple[MoneyIn, ...]]:
    """Return what came for plans, by plan: a match each, its reversal, what was undone as taken
    back; one query.

    Its number is 渠道 and 流水号, so that ties are laid the same whatever was posted first.
    Units:  fen.
    Source: rules part 1, how a signed plan is kept.
    """
    query = (
        select(Match, Payment)
        .join(Payment, Payment.id == Match.payment_id)
        .where(Match.plan_id.in_(tuple(plan_ids)))
        .order_by(Match.id)
    )
    found: dict[int, list[_Laid]] = defaultdict(list)
    for match, payment in session.execute(query):
        if match.plan_id is not None:
            found[match.plan_id].append(_Laid(match, payment))
    return {plan_id: _money(laid) for plan_id, laid in found.items()}


def number_of(payment: Payment, match: Match) -> str:
    """Return the number under which a match of a payment counts in an account."""
    again = f" #{match.number}" if match.number > 1 else ""
    return f"{payment.channel} {payment.channel_ref}{again}"


def _money(laid: Sequence[_Laid]) -> tuple[MoneyIn, ...]:
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
        came = MoneyIn(number, payment.paid_on, payment.arrived_on, match.at, match.fen, reverses)
        found.append(came)
        if match.undone_at is not None:
            found.append(
                came._replace(
                    number=f"{number} {UNDONE}", posted_at=match.undone_at, reverses=number
                )
            )
    return tuple(found)
