"""A channel's statement of a day is read: money that nobody told us of comes in, the rest agrees or
is noted for a person.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, time, timedelta
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.calendar import BEIJING, beijing_date
from app.domain.errors import GatewayDown
from app.domain.texts import N_
from app.models import PaymentOrder, PaymentRefund, ProviderEvent
from app.ports.payments import ChannelDown, News, RefundNews, StatementLine
from app.services.channel_days.comparing import (
    DayDifference,
    differences_of,
    orders_of_ours,
    sums_held,
)
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.transaction import transaction
from app.services.paying.received_refunds import UNDER_WAY
from app.services.paying.records import channel_of
from app.services.paying.taking import take_telling
from app.services.paying.tellings import ASKED, keep_telling

ACTOR = Actor("job:channel-days")
STATEMENT = "statement"
# Both vendors say nine to ten o'clock.
FROM, DAYS_BACK = time(10), 7
# Of so many the trail and the row name each one.
MOST_NAMED = 200
log = structlog.get_logger()


class StatementNotOut(GatewayDown):
    """The channel has no statement of that day yet, or does not answer."""

    message = N_("这一天的账单还没有出来，或者付款通道没有回应")


@dataclass(frozen=True)
class DayReport:
    """A day at a channel. Units: fen. `found` payments came in by the statement alone; `others`
    lines are not of orders of ours.
    """

    provider: str
    day: date
    payments: int
    paid_fen: int
    refunds: int
    back_fen: int
    fee_fen: int
    found: int = 0
    others: int = 0
    differences: tuple[DayDifference, ...] = ()


def reconcile_day(session: Session, context: Context, *, provider: str, day: date) -> DayReport:
    """Read a channel's statement of a Beijing day and return what it comes to. What was paid by an
    order of ours and never told comes in like any telling; the day itself is kept as one, once.

    The channel is asked outside any transaction; each telling has its own: safe twice, on two
    hosts, after a kill.
    Idempotent on: provider and day; the first report stands.
    Raises: NotFound, StatementNotOut.
    Source: quality, I6.
    """
    channel = channel_of(context, provider=provider)
    if (before := _report_of(session, provider, day)) is not None:
        return before
    session.rollback()
    try:
        every = list(channel.statement(day))
    except ChannelDown as down:
        raise StatementNotOut from down
    ours = orders_of_ours(session, provider=provider, lines=every)
    lines = [one for one in every if one.order_number in ours]
    held = sums_held(session, channel=channel.channel, lines=lines)
    under_way = _under_way(session, lines)
    session.rollback()
    news = [_news(one) for one in lines if _is_news(one, held, under_way)]
    for one in news:
        event_id = keep_telling(session, context, provider=provider, news=one)
        take_telling(session, context, event_id=event_id)
    found = sum(isinstance(one, News) for one in news)
    differences = differences_of(session, channel=channel.channel, day=day, lines=lines)
    report = replace(
        _sums(provider, day, lines),
        found=found,
        others=len(every) - len(lines),
        differences=differences,
    )
    session.rollback()
    _keep(session, context, report)
    return report


def reconcile_due(session: Session, context: Context) -> int:
    """Reconcile the days of the last week that are due, oldest first, and return how many were:
    from ten in the morning, since the first order of a channel.
    """
    context = context.by(ACTOR)
    if context.now.astimezone(BEIJING).time() < FROM:
        return 0
    done = 0
    for provider in context.gateways.payments:
        for day in _due(session, context, provider):
            try:
                report = reconcile_day(session, context, provider=provider, day=day)
            except StatementNotOut:
                break  # those after it are not out either
            done += 1
            if report.differences:
                log.warning(
                    "channel_day_differs",
                    provider=provider,
                    day=day.isoformat(),
                    differences=len(report.differences),
                )
    return done


def _due(session: Session, context: Context, provider: str) -> list[date]:
    first = session.scalar(
        select(func.min(PaymentOrder.opened_at)).where(PaymentOrder.provider == provider)
    )
    if first is None:
        return []
    since = max(beijing_date(first), context.today - timedelta(days=DAYS_BACK))
    days = [since + timedelta(days=n) for n in range((context.today - since).days)]
    mine = select(ProviderEvent.event_id).where(
        ProviderEvent.provider == provider,
        ProviderEvent.event_id.in_([_event_id(day) for day in days]),
    )
    done = set(session.scalars(mine))
    session.rollback()
    return [day for day in days if _event_id(day) not in done]


def _under_way(session: Session, lines: Sequence[StatementLine]) -> frozenset[str]:
    """Refunds that the statement may end; there are never many under way."""
    mine = select(PaymentRefund.number).where(PaymentRefund.state.in_(UNDER_WAY))
    return frozenset(session.scalars(mine)) if lines else frozenset()


def _is_news(line: StatementLine, held: dict[str, int], under_way: frozenset[str]) -> bool:
    if line.kind == "payment":
        return line.channel_ref not in held
    return line.refund_number in under_way


def _news(line: StatementLine) -> News | RefundNews:
    if line.kind == "payment":
        return News(line.order_number, "paid", line.fen, line.channel_ref, line.at)
    return RefundNews(
        line.refund_number, line.order_number, "done", line.fen, line.channel_ref, line.at
    )


def _sums(provider: str, day: date, lines: Sequence[StatementLine]) -> DayReport:
    paid = [one.fen for one in lines if one.kind == "payment"]
    back = [one.fen for one in lines if one.kind == "refund"]
    return DayReport(
        provider=provider,
        day=day,
        payments=len(paid),
        paid_fen=sum(paid),
        refunds=len(back),
        back_fen=sum(back),
        fee_fen=sum(one.fee_fen for one in lines),
    )


def _keep(session: Session, context: Context, report: DayReport) -> None:
    told: dict[str, Any] = asdict(report) | {"day": report.day.isoformat()}
    told["differences"] = told["differences"][:MOST_NAMED]
    values = {
        "provider": report.provider,
        "event_id": _event_id(report.day),
        "source": ASKED,
        "kind": STATEMENT,
        "body_enc": None,
        "key_version": context.vault.key_version,
        "told": told,
        "received_at": context.now,
        "state": "applied",
        "applied_at": context.now,
    }
    with transaction(session):
        # Both databases know this form; of two hosts the first keeps it.
        added = insert(ProviderEvent).values(values).on_conflict_do_nothing()
        if session.scalars(added.returning(ProviderEvent.id)).one_or_none() is None:
            return
        figures = {name: told[name] for name in ("payments", "paid_fen", "refunds", "back_fen")}
        audit.record(
            session,
            context,
            action="channel.day_read",
            object_kind="channel_day",
            object_id=f"{report.provider}:{report.day}",
            after={**figures, "found": report.found, "differences": len(report.differences)},
        )


def _report_of(session: Session, provider: str, day: date) -> DayReport | None:
    mine = select(ProviderEvent.told).where(
        ProviderEvent.provider == provider, ProviderEvent.event_id == _event_id(day)
    )
    told = session.scalars(mine).one_or_none()
    if told is None:
        return None
    differences = tuple(DayDifference(**one) for one in told["differences"])
    return DayReport(**(told | {"day": day, "differences": differences}))


def _event_id(day: date) -> str:
    return f"{STATEMENT}:{day.isoformat()}"
