"""What happened to signed plans besides money that came, as facts: notices, changed dates,
complaints about the money, what was refunded. Never commits.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from sqlalchemy import (
    Date,
    Integer,
    String,
    Subquery,
    case,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.keeping.account import DateChanged, NoticeKind, RefundMade, Stopped, Told
from app.domain.topics import MONEY_TOPICS
from app.models import DateChange, Plan, PlanNotice, PlanVersion, Refund, Thread

_DATE, _STOPPED, _REFUND = "date", "stopped", "refund"
_AT = PlanNotice.taken_back_at.type
_END = func.coalesce(Thread.answered_at, Thread.last_at, Thread.opened_at)


@dataclass(frozen=True)
class PlanActs:
    """What happened to one plan, in its order."""

    told: tuple[Told, ...] = ()
    date_changes: tuple[DateChanged, ...] = ()
    stopped: tuple[Stopped, ...] = ()
    refunds: tuple[RefundMade, ...] = ()


def acts_of(session: Session, *, plan_ids: Iterable[int]) -> Mapping[int, PlanActs]:
    """Return notices, changed dates and refunds of plans, and the days on which a complaint of
    their borrowers about the money waited, by plan: one query.

    Source: rules part 1, how a signed plan is kept.
    """
    ids = tuple(plan_ids)
    told: dict[int, list[Told]] = defaultdict(list)
    changed: dict[int, list[DateChanged]] = defaultdict(list)
    stopped: dict[int, list[Stopped]] = defaultdict(list)
    refunded: dict[int, list[RefundMade]] = defaultdict(list)
    both = _happened(ids)
    query = select(
        both.c.plan_id,
        both.c.kind,
        both.c.day,
        both.c.received_on,
        both.c.at,
        both.c.number,
        both.c.until_at,
        both.c.id,
    ).order_by(both.c.id)
    for plan_id, kind, day, received_on, at, number, until_at, key in session.execute(query):
        if kind == _DATE:
            changed[plan_id].append(DateChanged(number, day, at))
        elif kind == _REFUND:
            refunded[plan_id].append(RefundMade(str(key), day, number, received_on))
        elif kind == _STOPPED:
            stopped[plan_id].append(Stopped(beijing_date(at), _day(until_at)))
        else:
            one = Told(cast(NoticeKind, kind), day, received_on, _day(at), bool(number))
            told[plan_id].append(one)
    return {
        one: PlanActs(
            tuple(told[one]), tuple(changed[one]), tuple(stopped[one]), tuple(refunded[one])
        )
        for one in ids
    }


def _happened(ids: Collection[int]) -> Subquery:
    """Notices, changed dates, complaints and refunds of some plans in one shape."""
    # Named once: a statement of SQLite has not room for them in each part.
    wanted = select(select(Plan.id).where(Plan.id.in_(ids)).cte("wanted").c.id)
    notices = select(
        PlanNotice.plan_id.label("plan_id"),
        PlanNotice.kind.label("kind"),
        PlanNotice.sent_on.label("day"),
        PlanNotice.received_on.label("received_on"),
        PlanNotice.taken_back_at.label("at"),
        # Whether it stands.
        case((PlanNotice.stands_at.is_not(None), 1), else_=0).label("number"),
        null().cast(_AT).label("until_at"),
        PlanNotice.id.label("id"),
    ).where(PlanNotice.plan_id.in_(wanted))
    changes = select(
        DateChange.plan_id,
        literal(_DATE, String(40)),
        DateChange.due_on,
        null().cast(Date),
        DateChange.at,
        DateChange.number,
        null().cast(_AT),
        DateChange.id,
    ).where(DateChange.plan_id.in_(wanted))
    # About this plan, or about no plan in particular.
    mine = select(PlanVersion.id).where(PlanVersion.plan_id == Plan.id)
    words = (
        select(
            Plan.id,
            literal(_STOPPED, String(40)),
            null().cast(Date),
            null().cast(Date),
            Thread.opened_at,
            literal(0, Integer),
            # One that was taken back or let go has no answer: its last word is its end.
            case((Thread.state == "open", null()), else_=_END),
            Thread.id,
        )
        .join(Thread, Thread.borrower_id == Plan.borrower_id)
        .where(Plan.id.in_(wanted), Thread.about.in_(MONEY_TOPICS))
        .where(or_(Thread.version_id.is_(None), Thread.version_id.in_(mine)))
    )
    refunds = select(
        Refund.plan_id,
        literal(_REFUND, String(40)),
        Refund.paid_on,
        Refund.bounced_on,
        Refund.paid_at,
        Refund.fen,
        null().cast(_AT),
        Refund.id,
    ).where(Refund.plan_id.in_(wanted), Refund.paid_on.is_not(None))
    return union_all(notices, changes, words, refunds).subquery()


def _day(at: datetime | None) -> date | None:
    return beijing_date(at) if at else None
