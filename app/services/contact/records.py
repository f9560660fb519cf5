"""Contacts made with a borrower, and the holds on them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from app.domain.calendar import add_months, beijing_date
from app.domain.policy import Policy
from app.models import Contact, Hold, SmsReceipt
from app.services.core.context import Context
from app.services.reading.once import read_once
from app.services.reading.rows import rows_of

# a code the borrower asked for is no demand of the lender (M-16)
TOUCHES = frozenset({"reminder", "collection"})
OWN = "code"
PAGE_ROWS = 30
# So long a carrier keeps trying; what it has told nothing of by then it never will.
RECEIPT_AWAITED = timedelta(hours=72)
MINE = bindparam("mine", type_=BigInteger)
# What reached a borrower: what never went out has reached nobody (M-16).
REACHED = (Contact.borrower_id == MINE, Contact.result != "failed")
# Grouped by the database: contacts are kept for years, and every page of a borrower asks for this.
_SUMMED = (
    select(Contact.purpose, Contact.channel, func.count(), func.max(Contact.at))
    .where(*REACHED)
    .group_by(Contact.purpose, Contact.channel)
)
# The cause of a hold that a plan begins while it is not signed.
PLAN_SUBMITTED = "plan_submitted"
# The cause of a hold that a borrower asked for.
BREATHING = "breathing"
# A breathing space is to be had once in months, so there are few of them.
HELD = (
    Hold.borrower_id == MINE,
    or_(
        Hold.cause == BREATHING,
        Hold.until_at.is_(None),
        Hold.until_at > bindparam("now", type_=Hold.until_at.type),
    ),
)
_HOLDS = (
    select(Hold.id, Hold.cause, Hold.loan_id, Hold.from_at, Hold.until_at)
    .where(*HELD)
    .order_by(Hold.id)
)


@dataclass(frozen=True)
class ContactSummary:
    """How often and when a borrower was last contacted; codes they asked for are no contact."""

    count: int
    last_at: datetime | None
    touched_on: date | None
    visited_on: date | None


@dataclass(frozen=True)
class ContactRow:
    """One message or call as the borrower reads it; channel, purpose and result are codes, and
    `why` is one where a message did not arrive.
    """

    key: int
    channel: str
    purpose: str
    institution: str
    at: datetime
    result: str
    words: str
    why: str = ""


@dataclass(frozen=True)
class ContactPage:
    """One page of contacts, newest first; `next_key` leads to older ones."""

    rows: tuple[ContactRow, ...]
    next_key: int | None


class HoldRow(NamedTuple):
    """A hold as it is on record: until_at None while no end is known."""

    id: int
    cause: str
    loan_id: int | None
    from_at: datetime
    until_at: datetime | None


@dataclass(frozen=True)
class RunningHold:
    """A hold on collection that runs now; until_at None: no end is set yet."""

    cause: str
    loan_id: int | None
    from_at: datetime
    until_at: datetime | None


@dataclass(frozen=True)
class HoldsOf:
    """The holds of a borrower that run now, and the newest breathing space, running or over."""

    running: tuple[RunningHold, ...]
    last_breathing: HoldRow | None


def contact_summary(session: Session, *, borrower_id: int) -> ContactSummary:
    """Return how often and when a borrower was contacted, in one query a page."""
    return read_once(
        session,
        "contacts",
        borrower_id,
        read=lambda: summed(rows_of(session, statement=_SUMMED, given={"mine": borrower_id})),
    )


def summed(rows: Iterable[Any]) -> ContactSummary:
    """Return what contacts come to: by purpose and channel how many there are, and the last."""
    rows = tuple(rows)
    touched = [at for purpose, _channel, _count, at in rows if purpose in TOUCHES]
    visited = [at for _purpose, channel, _count, at in rows if channel == "visit"]

    made = [(count, at) for purpose, _channel, count, at in rows if purpose != OWN]

    return ContactSummary(
        count=sum(count for count, _at in made),
        last_at=max((at for _count, at in made), default=None),
        touched_on=beijing_date(max(touched)) if touched else None,
        visited_on=beijing_date(max(visited)) if visited else None,
    )


def contacts_of(
    session: Session, *, borrower_id: int, now: datetime, before: int | None = None
) -> ContactPage:
    """Return the contacts made with a borrower, newest first, from a key on; of a message what its
    provider told of it since.
    """
    told = and_(
        SmsReceipt.provider == Contact.provider, SmsReceipt.provider_id == Contact.provider_id
    )
    query = select(Contact, SmsReceipt).outerjoin(SmsReceipt, told)
    query = query.where(Contact.borrower_id == borrower_id)
    if before is not None:
        query = query.where(Contact.id < before)
    rows = session.execute(query.order_by(Contact.id.desc()).limit(PAGE_ROWS + 1)).all()
    shown = tuple(_contact_row(one, receipt, now) for one, receipt in rows[:PAGE_ROWS])
    return ContactPage(shown, shown[-1].key if len(rows) > PAGE_ROWS else None)


def running_holds(
    session: Session, context: Context, *, borrower_id: int
) -> tuple[RunningHold, ...]:
    """Return the holds on collection that run now: of several on one loan the one that runs
    longest.

    Source: default policy, hold on collection.
    """
    return holds_of(session, context, borrower_id=borrower_id).running


def holds_of(session: Session, context: Context, *, borrower_id: int) -> HoldsOf:
    """Return the holds that run now, and the newest breathing space: one query.

    Source: default policy, hold on collection, breathing space.
    """
    asked = {"mine": borrower_id, "now": context.now}
    return holds_in(
        [HoldRow(*one) for one in rows_of(session, statement=_HOLDS, given=asked)], context.now
    )


def holds_in(rows: Sequence[HoldRow], now: datetime) -> HoldsOf:
    """Tell of the holds on record, in their order, which run, and the newest breathing space."""
    breathing = [one for one in rows if one.cause == BREATHING]
    last = max(breathing, key=lambda one: (one.from_at, one.id), default=None)
    return HoldsOf(_running([one for one in rows if _runs(one, now)]), last)


def _runs(hold: HoldRow, now: datetime) -> bool:
    # By its times alone: the job that puts an end on record may not have come by.
    return hold.from_at <= now and (hold.until_at is None or hold.until_at > now)


def _running(rows: Iterable[HoldRow]) -> tuple[RunningHold, ...]:
    holds = [RunningHold(one.cause, one.loan_id, one.from_at, one.until_at) for one in rows]
    # Several holds on one loan (a refusal, then a new plan) would contradict each other on a page
    # (ADR 0015).
    held = dict.fromkeys(one.loan_id for one in holds)
    longest = (longest_hold(one for one in holds if one.loan_id == loan_id) for loan_id in held)

    return tuple(one for one in longest if one)


def breathing_again_on(last: HoldRow | None, *, policy: Policy, now: datetime) -> date | None:
    """Return the first day of another breathing space, None where there was none before.

    Source: default policy, breathing space.
    """
    # Counted from the day it began (ADR 0012); by a clock that was ahead, from today at the latest.
    if last is None:
        return None
    began_on = beijing_date(min(last.from_at, now))
    return add_months(began_on, policy.holds.breathing_every_months)


def longest_hold(holds: Iterable[RunningHold]) -> RunningHold | None:
    """Return the hold that runs longest; one without an end runs longest of all."""
    found = tuple(holds)
    endless = (one for one in found if one.until_at is None)
    return next(endless, None) or max(
        found, key=lambda one: one.until_at or one.from_at, default=None
    )


def _contact_row(one: Contact, receipt: SmsReceipt | None, now: datetime) -> ContactRow:
    return ContactRow(
        key=one.id,
        channel=one.channel,
        purpose=one.purpose,
        institution=one.institution,
        at=one.at,
        result=_result(one, receipt, now),
        why=receipt.why if receipt else "",
        # A code is never stored (I-13); this also keeps words of earlier releases from showing.
        words="" if one.purpose == "code" else one.words,
    )


def _result(one: Contact, receipt: SmsReceipt | None, now: datetime) -> str:
    """What became of it: handed over, arrived, not arrived, or nothing told within the time."""
    if receipt is not None:
        return "delivered" if receipt.is_delivered else "undelivered"
    is_awaited = one.provider_id is not None and one.result == "sent"
    return "no_receipt" if is_awaited and now >= one.at + RECEIPT_AWAITED else one.result
