"""A month is frozen by one person and closed by another."""

import hashlib
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.texts import N_
from app.models import MonthClose
from app.services.closing.closing_days import closable_on
from app.services.closing.figures import (
    balances_after,
    last_close,
    month_told,
    next_month,
)
from app.services.closing.report import report_of
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.request_keys import Request, keep_reply, reply_before
from app.services.core.transaction import line_up, take_time, transaction

MARK = "c" * 15


class MonthOpen(RuleBroken):
    """The month is not over yet, or another is to be closed first."""

    code = "month_open"
    message = N_("%(month)s还不能结，最早%(day)s")


class NotTheNext(RuleBroken):
    """Months are closed one after the other."""

    code = "month_not_next"
    message = N_("请先结前一个月")


class LastNotClosed(RuleBroken):
    """The month before waits for its second person."""

    code = "month_before_waits"
    message = N_("前一个月还等第二个人复核")


class MonthClosed(RuleBroken):
    """What is closed stays closed."""

    code = "month_closed"
    message = N_("这个月已经结了，不能再改；晚到的钱记在下个月，价值日照旧")


class SamePersonCloses(RuleBroken):
    """Who froze a month does not close it, whatever account they use."""

    code = "same_person_closes"
    message = N_("结账的人不能自己复核，请另一位同事来")


class ReportDiffers(RuleBroken):
    """What was looked at is not what stands."""

    code = "report_differs"
    message = N_("您核对的报表和现在的不是同一份，请重新看一遍")


def freeze_month(session: Session, context: Context, *, month: date, request_key: str) -> None:
    """Freeze a month that is over: nothing is posted into it any more, what came to it is hashed,
    the report is kept. There is no way back: what comes late is posted in the open month.

    Idempotent on: request_key for one member of staff.
    Raises: MonthOpen, NotTheNext, LastNotClosed, MonthClosed, KeyReused.
    Source: rules part 1, the ledger.
    """
    request = Request(context.actor.who, "month.freeze", request_key, month.isoformat())
    with transaction(session):
        line_up(session, MARK)
        if reply_before(session, request=request) is not None:
            return
        take_time(session)
        before = _check(session, context, month)
        told = month_told(session, month=month, before=before.balances if before else None)
        report = report_of(month, told)
        row = MonthClose(
            month_on=month,
            state="frozen",
            frozen_at=context.now,
            frozen_by=context.actor.who,
            frozen_person=context.staff.person_id,
            journals=told.journals,
            moves=told.moves,
            content_sha256=told.content_sha256,
            balances=balances_after(told),
            report=report,
            report_sha256=hashlib.sha256(report.encode()).hexdigest(),
        )
        session.add(row)
        _record(session, context, row, "frozen", before="open")
        keep_reply(session, context, request=request)


def close_month(
    session: Session, context: Context, *, month: date, report_sha256: str, request_key: str
) -> None:
    """Close a frozen month whose report another person looked at, by its hash.

    Idempotent on: request_key for one member of staff.
    Raises: NotFound, MonthClosed, SamePersonCloses, ReportDiffers, KeyReused.
    Source: rules part 1, the ledger.
    """
    body = hashlib.sha256(f"{month.isoformat()} {report_sha256}".encode()).hexdigest()
    request = Request(context.actor.who, "month.close", request_key, body)
    with transaction(session):
        if reply_before(session, request=request) is not None:
            return
        one = select(MonthClose).where(MonthClose.month_on == month).with_for_update()
        row = session.scalars(one).one_or_none()
        if row is None:
            raise NotFound
        if row.state == "closed":
            raise MonthClosed
        if row.frozen_person == context.staff.person_id:
            raise SamePersonCloses
        if row.report_sha256 != report_sha256:
            raise ReportDiffers
        row.state, row.closed_at = "closed", context.now
        row.closed_by, row.closed_person = context.actor.who, context.staff.person_id
        _record(session, context, row, "closed", before="frozen")
        keep_reply(session, context, request=request)


def _check(session: Session, context: Context, month: date) -> MonthClose | None:
    """Return the month before. Raises as `freeze_month`."""
    before = last_close(session)
    if before is not None and month <= before.month_on:
        raise MonthClosed
    if before is not None and before.state != "closed":
        raise LastNotClosed
    if month != next_month(session):
        raise NotTheNext
    first = closable_on(month)
    if context.today < first:
        raise MonthOpen(month=month.isoformat()[:7], day=first.isoformat())
    return before


def _record(
    session: Session, context: Context, row: MonthClose, action: str, *, before: str
) -> None:
    session.flush()
    audit.record(
        session,
        context,
        action=f"month_{action}",
        object_kind="month",
        object_id=row.month_on.isoformat()[:7],
        before={"state": before},
        after={
            "state": row.state,
            "content_sha256": row.content_sha256,
            "report_sha256": row.report_sha256,
        },
    )
