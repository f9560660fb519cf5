"""A call back that was tried: nobody answered, or another time was agreed; and who calls back."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.calendar import BEIJING
from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import CallbackAttempt, CallbackRequest
from app.services.callbacks.steps import (
    KIND,
    CallbackOfAnother,
    check_owner,
    find,
    keep_contact,
)
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.core.request_keys import Request, keep_reply, reply_before
from app.services.core.transaction import transaction
from app.services.core.working_days import first_reply_by

ROUTE = "callback.attempt"
# What a person agrees to may lie further away than what we put off by ourselves.
MOST_AGREED_DAYS = 30
CONTACTS = {"no_answer": "unanswered", "new_time": "answered"}


class NextTimeOutside(RuleBroken):
    """The next call would be in the past, at an hour nobody is called, or too far away."""

    code = "next_time_outside"
    message = N_("下次的时间要在今后，%(begins)s:00 到 %(ends)s:00 之间，最晚 %(latest)s")


def note_attempt(
    session: Session,
    context: Context,
    *,
    public_id: str,
    result: str,
    next_at: datetime,
    request_key: str,
) -> None:
    """Note a call that did not end the request, and when it is tried next: it stays open, and who
    called calls again.

    Nobody answered: at the latest when a first reply is due; another time was agreed: within days.
    Idempotent on: request_key for one member of staff.
    Raises: NotFound, AlreadyAnswered, CallbackOfAnother, NextTimeOutside, KeyReused; ValueError for
            a result no form lets through.
    Source: default policy, first reply; C-01, C-15.
    """
    if result not in CONTACTS:
        raise ValueError(result)
    body = f"{public_id} {result} {next_at.isoformat()}"
    request = Request(context.actor.who, ROUTE, request_key, body)
    with transaction(session):
        row = find(session, public_id=public_id, is_to_change=True)
        if reply_before(session, request=request) is not None:
            return
        check_owner(context, row=row)
        _check_time(session, context, result, next_at)

        before = {"answer_by_at": row.answer_by_at.isoformat()}
        session.add(
            CallbackAttempt(
                callback_id=row.id,
                by=context.actor.who,
                result=result,
                at=context.now,
                next_at=next_at,
            )
        )
        row.owner, row.answer_by_at = context.actor.who, next_at
        keep_contact(session, context, row=row, result=CONTACTS[result])
        keep_reply(session, context, request=request)
        after = {"result": result, "answer_by_at": next_at.isoformat(), "number": row.number}
        _record(session, context, row, "callback.attempted", before=before, after=after)


def take_callback(session: Session, context: Context, *, public_id: str) -> None:
    """Make the acting person the one who calls back.

    Idempotent on: the owner.
    Raises: NotFound, AlreadyAnswered, CallbackOfAnother.
    """
    with transaction(session):
        row = find(session, public_id=public_id, is_to_change=True)
        check_owner(context, row=row)
        if row.owner is None:
            row.owner = context.actor.who
            _record(session, context, row, "callback.taken", after={"number": row.number})


def release_callback(session: Session, context: Context, *, public_id: str) -> None:
    """Let go of a request, one's own or, as a supervisor, anyone's; its clock runs on.

    Idempotent on: a request nobody has.
    Raises: NotFound, CallbackOfAnother.
    """
    with transaction(session):
        row = find(session, public_id=public_id, is_to_change=True)
        if row.owner is None or row.state != "open":
            return
        if row.owner != context.actor.who and "supervisor" not in context.staff.roles:
            raise CallbackOfAnother
        before = {"owner": row.owner}
        row.owner = None
        after = {"number": row.number}
        _record(session, context, row, "callback.released", before=before, after=after)


def _check_time(session: Session, context: Context, result: str, next_at: datetime) -> None:
    hours = active_policy(session)[1].contact
    first, last = hours.quiet_until_hour, hours.quiet_from_hour
    latest = (
        first_reply_by(session, context)
        if result == "no_answer"
        else context.now + timedelta(days=MOST_AGREED_DAYS)
    )
    local = next_at.astimezone(BEIJING)
    if not (context.now < next_at <= latest and first <= local.hour < last):
        day = latest.astimezone(BEIJING)
        told = f"{day.month}月{day.day}日 {day.hour}:{day.minute:02d}"
        raise NextTimeOutside(begins=first, ends=last, latest=told)


def _record(
    session: Session,
    context: Context,
    row: CallbackRequest,
    action: str,
    *,
    before: dict[str, str] | None = None,
    after: dict[str, str],
) -> None:
    session.flush()
    audit.record(
        session,
        context,
        action=action,
        object_kind=KIND,
        object_id=row.public_id,
        before=before,
        after=after,
    )
