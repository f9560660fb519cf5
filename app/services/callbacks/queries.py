"""Requests to be called back, as the one who asked and as the desk reads them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app.domain.calendar import beijing_date
from app.domain.errors import NotFound
from app.domain.masks import masked_mobile, masked_name
from app.models import Borrower, CallbackAttempt, CallbackRequest, Staff
from app.ports.vault import Vault
from app.services.core.context import Context

PAGE_ROWS = 25
State = Literal["open", "answered"]


@dataclass(frozen=True)
class CallbackReceipt:
    """What was asked, and by when someone calls; topic and wished_time are codes."""

    number: str
    topic: str
    wished_time: str
    mobile_masked: str
    answer_by_at: datetime


@dataclass(frozen=True)
class CallbackRow:
    """One request as the desk's list shows it, name and mobile masked; days_left counts to the day
    of the call.
    """

    public_id: str
    number: str
    state: str
    topic: str
    wished_time: str
    name: str
    mobile: str
    asked_at: datetime
    answer_by_at: datetime
    days_left: int
    is_late: bool
    owner: str
    attempts: int

    @property
    def is_soon(self) -> bool:
        """Whether the call is due today, or late."""
        return self.is_late or self.days_left <= 0


@dataclass(frozen=True)
class AttemptRow:
    """A call that was tried: when, by whom, what became of it, and when it is tried next."""

    at: datetime
    staff: str
    result: str
    next_at: datetime


@dataclass(frozen=True)
class CallbackPage:
    """One page of requests in a state, with how many wait and are late in all; `next_key` leads
    on.
    """

    rows: tuple[CallbackRow, ...]
    waiting: int
    late: int
    next_key: str | None


@dataclass(frozen=True)
class CallbackView:
    """One request with its full words, and the note of the call once it was made.

    `borrower` is the public id of the borrower who was signed in when asking, or empty.
    """

    row: CallbackRow
    words: str
    borrower: str
    note: str
    answered_by: str
    answered_at: datetime | None
    is_mine: bool
    attempts: tuple[AttemptRow, ...]


def number_on_record(session: Session, context: Context, *, borrower_id: int) -> str:
    """Return a borrower's own number, masked: where a call asked for while signed in goes."""
    found = session.get_one(Borrower, borrower_id)
    place = {"table": "borrowers", "row": found.public_id, "column": "mobile"}
    return masked_mobile(context.vault.unseal(found.mobile_enc, **place))


def callback_receipt(session: Session, context: Context, *, public_id: str) -> CallbackReceipt:
    """Return a request for the browser that made it, which the caller has checked.

    Raises: NotFound.
    Source: I-16.
    """
    row = session.scalars(
        select(CallbackRequest).where(CallbackRequest.public_id == public_id)
    ).one_or_none()
    if row is None:
        raise NotFound

    return CallbackReceipt(
        number=row.number,
        topic=row.topic,
        wished_time=row.wished_time,
        mobile_masked=masked_mobile(unsealed(context.vault, row, "mobile")),
        answer_by_at=row.answer_by_at,
    )


def callback_page(
    session: Session, context: Context, *, state: State, after: str | None = None
) -> CallbackPage:
    """Return a page of requests from a public id on: the open by deadline, the answered newest
    first.

    Raises: NotFound for a public id that is none.
    Source: default policy, first reply; I-16.
    """
    query = _in_order(state)
    if after is not None:
        # Pages go on from a row and not from a count: a request answered meanwhile moves nothing.
        query = query.where(_beyond(session, state, after))

    # One more than is shown tells whether there is a next page, without counting.
    found = session.execute(query.limit(PAGE_ROWS + 1)).all()
    rows = tuple(_callback_row(context, *one) for one in found[:PAGE_ROWS])
    late = func.count().filter(CallbackRequest.answer_by_at < context.now)
    waiting = session.execute(
        select(func.count(), late).where(CallbackRequest.state == "open")
    ).one()

    return CallbackPage(
        rows, waiting[0], waiting[1], rows[-1].public_id if len(found) > PAGE_ROWS else None
    )


def callback_view(session: Session, context: Context, *, public_id: str) -> CallbackView:
    """Return one request for the desk, name and mobile masked.

    Raises: NotFound.
    Source: I-16.
    """
    query = (
        _rows()
        .add_columns(Borrower.public_id, _name_of(CallbackRequest.answered_by))
        .outerjoin(Borrower, Borrower.id == CallbackRequest.borrower_id)
        .where(CallbackRequest.public_id == public_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound

    row, owner, attempts, borrower, staff = found

    return CallbackView(
        row=_callback_row(context, row, owner, attempts),
        words=unsealed(context.vault, row, "words"),
        borrower=borrower or "",
        note=unsealed(context.vault, row, "answer") if row.answer_enc else "",
        answered_by=staff or "",
        answered_at=row.answered_at,
        is_mine=row.owner == context.actor.who,
        attempts=_attempts(session, row),
    )


def unsealed(vault: Vault, row: CallbackRequest, column: str) -> str:
    """Return one encrypted field of a request: name, mobile, words or answer."""
    return vault.unseal(
        getattr(row, f"{column}_enc"), table="callback_requests", row=row.public_id, column=column
    )


def _rows() -> Select[CallbackRequest, str, int]:
    tried = select(func.count()).where(CallbackAttempt.callback_id == CallbackRequest.id)
    return select(CallbackRequest, _name_of(CallbackRequest.owner), tried.scalar_subquery())


def _name_of(who: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[str]:
    """The name of a member of staff, empty where nobody is named."""
    one = aliased(Staff)
    name = select(one.display_name).where(who == "staff:" + one.public_id)
    return func.coalesce(name.scalar_subquery(), "")


def _attempts(session: Session, row: CallbackRequest) -> tuple[AttemptRow, ...]:
    query = select(
        CallbackAttempt.at,
        _name_of(CallbackAttempt.by),
        CallbackAttempt.result,
        CallbackAttempt.next_at,
    )
    mine = query.where(CallbackAttempt.callback_id == row.id).order_by(CallbackAttempt.id)
    return tuple(AttemptRow(*one) for one in session.execute(mine))


def _in_order(state: State) -> Select[CallbackRequest, str, int]:
    query = _rows().where(CallbackRequest.state == state)
    if state == "open":
        # The id parts equal deadlines: without it a row could stand on two pages or on none.
        return query.order_by(CallbackRequest.answer_by_at, CallbackRequest.id)
    return query.order_by(CallbackRequest.answered_at.desc(), CallbackRequest.id.desc())


def _beyond(session: Session, state: State, after: str) -> ColumnElement[bool]:
    one = session.scalars(
        select(CallbackRequest).where(CallbackRequest.public_id == after)
    ).one_or_none()
    if one is None:
        raise NotFound
    if state == "open":
        at = CallbackRequest.answer_by_at
        return or_(at > one.answer_by_at, and_(at == one.answer_by_at, CallbackRequest.id > one.id))

    done = CallbackRequest.answered_at
    return or_(done < one.answered_at, and_(done == one.answered_at, CallbackRequest.id < one.id))


def _callback_row(context: Context, one: CallbackRequest, owner: str, attempts: int) -> CallbackRow:
    vault, now = context.vault, context.now
    return CallbackRow(
        public_id=one.public_id,
        number=one.number,
        state=one.state,
        topic=one.topic,
        wished_time=one.wished_time,
        name=masked_name(unsealed(vault, one, "name")),
        mobile=masked_mobile(unsealed(vault, one, "mobile")),
        asked_at=one.asked_at,
        answer_by_at=one.answer_by_at,
        days_left=(beijing_date(one.answer_by_at) - beijing_date(now)).days,
        is_late=one.answer_by_at < now,
        owner=owner,
        attempts=attempts,
    )
