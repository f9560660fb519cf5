"""What happened to signed plans besides money that came, as facts: notices, changed dates, what
was refunded. Never commits.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Date, Integer, String, literal, null, select, union_all
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.keeping.account import DateChanged, NoticeKind, RefundMade, Told
from app.models import DateChange, PlanNotice, Refund

_DATE, _REFUND = "date", "refund"


@dataclass(frozen=True)
class PlanActs:
    """What happened to one plan, in its order."""

    told: tuple[Told, ...] = ()
    date_changes: tuple[DateChanged, ...] = ()
    refunds: tuple[RefundMade, ...] = ()


def acts_of(session: Session, *, plan_ids: Iterable[int]) -> Mapping[int, PlanActs]:
    """Return the notices, changed dates and refunds of plans, by plan: one query.

    Source: rules part 1, how a signed plan is kept.
    """
    ids = tuple(plan_ids)
    notices = select(
        PlanNotice.plan_id.label("plan_id"),
        PlanNotice.kind.label("kind"),
        PlanNotice.sent_on.label("day"),
        PlanNotice.received_on.label("received_on"),
        PlanNotice.taken_back_at.label("at"),
        literal(0, Integer).label("number"),
        PlanNotice.id.label("id"),
    ).where(PlanNotice.plan_id.in_(ids))
    changes = select(
        DateChange.plan_id,
        literal(_DATE, String(40)),
        DateChange.due_on,
        null().cast(Date),
        DateChange.at,
        DateChange.number,
        DateChange.id,
    ).where(DateChange.plan_id.in_(ids))
    refunds = select(
        Refund.plan_id,
        literal(_REFUND, String(40)),
        Refund.paid_on,
        Refund.bounced_on,
        Refund.paid_at,
        Refund.fen,
        Refund.id,
    ).where(Refund.plan_id.in_(ids), Refund.paid_on.is_not(None))
    refunded: dict[int, list[RefundMade]] = defaultdict(list)
    told: dict[int, list[Told]] = defaultdict(list)
    changed: dict[int, list[DateChanged]] = defaultdict(list)
    both = union_all(notices, changes, refunds).subquery()
    query = select(
        both.c.plan_id,
        both.c.kind,
        both.c.day,
        both.c.received_on,
        both.c.at,
        both.c.number,
        both.c.id,
    ).order_by(both.c.id)
    for plan_id, kind, day, received_on, at, number, key in session.execute(query):
        if kind == _REFUND:
            refunded[plan_id].append(RefundMade(str(key), day, number, received_on))
            continue
        if kind == _DATE:
            changed[plan_id].append(DateChanged(number, day, at))
            continue
        back_on = beijing_date(at) if at else None
        told[plan_id].append(Told(cast(NoticeKind, kind), day, received_on, back_on))
    return {
        one: PlanActs(tuple(told[one]), tuple(changed[one]), tuple(refunded[one])) for one in ids
    }
