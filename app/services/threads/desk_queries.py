"""Threads as the desk reads them: the inbox with its clocks, and one thread with what may be done
in it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.errors import NotFound
from app.domain.masks import masked_name
from app.models import Borrower, Loan, Message, PlanVersion, Staff, Thread
from app.services.core.context import Context, StaffMember
from app.services.threads.queries import Conversation, conversation
from app.services.threads.rules import ACK, answer_text, barred, may_close, may_restart

PAGE_ROWS = 25
SOON_DAYS = 1
Tab = Literal["question", "complaint", "mine", "answered"]


@dataclass(frozen=True)
class InboxRow:
    """One thread as the desk's list shows it, its borrower masked; days_left counts to the day of
    the answer.
    """

    public_id: str
    number: str
    kind: str
    about: str
    state: str
    name: str
    owner: str
    is_mine: bool
    opened_at: datetime
    last_at: datetime
    answer_by_at: datetime | None
    days_left: int
    is_late: bool
    has_news: bool

    @property
    def is_soon(self) -> bool:
        """Whether the answer is due today or tomorrow, or late."""
        return self.is_late or self.days_left <= SOON_DAYS


@dataclass(frozen=True)
class WaitingThreads:
    """How many threads wait for an answer, by kind, one's own, and late in all."""

    question: int
    complaint: int
    mine: int
    late: int


@dataclass(frozen=True)
class Inbox:
    """One page of a tab; `next_key` leads on."""

    rows: tuple[InboxRow, ...]
    waiting: WaitingThreads
    next_key: str | None


@dataclass(frozen=True)
class LoanLink:
    """A loan of the one who writes."""

    public_id: str
    product: str
    tail: str


@dataclass(frozen=True)
class DeskThread:
    """One thread with what a member of staff may do in it; refusal is Chinese source text, or
    empty.

    sms is the message that goes out with an answer; version the public id of the proposal it is
    about, or empty.
    """

    row: InboxRow
    borrower: str
    loans: tuple[LoanLink, ...]
    version: str
    conversation: Conversation
    is_second_level: bool
    refusal: str
    may_restart: bool
    may_close: bool
    sms: str


def inbox(session: Session, context: Context, *, tab: Tab, after: str | None = None) -> Inbox:
    """Return a page of threads from a public id on: those that wait by deadline, the answered by
    their last word.

    Raises: NotFound for a public id that is none.
    Source: default policy, first reply; P-01; I-16.
    """
    query = _inbox_rows().where(*_in_tab(tab, context.staff))
    if after is not None:
        query = query.where(_beyond(session, tab, after))

    if tab == "answered":
        query = query.order_by(Thread.last_at.desc(), Thread.id.desc())
    else:
        # The nearest deadline first (P-01); what was answered is looked for by its last word
        # instead.
        query = query.order_by(Thread.answer_by_at, Thread.id)

    found = session.execute(query.limit(PAGE_ROWS + 1)).all()
    rows = tuple(_inbox_row(context, *one) for one in found[:PAGE_ROWS])
    next_key = rows[-1].public_id if len(found) > PAGE_ROWS else None

    return Inbox(rows, _waiting(session, context), next_key)


def desk_thread(
    session: Session, context: Context, *, public_id: str, before: int | None = None
) -> DeskThread:
    """Return one thread for the desk, its borrower masked.

    Raises: NotFound.
    Source: I-16; P-06, P-07.
    """
    found = session.execute(_inbox_rows().where(Thread.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound

    thread, who, owner, unread = found
    refusal = barred(session, context, thread=thread)
    talk = conversation(session, context, public_id=public_id, before=before)

    return DeskThread(
        row=_inbox_row(context, thread, who, owner, unread),
        borrower=who.public_id,
        loans=_loans(session, who.id),
        version=_version(session, thread.version_id),
        conversation=talk,
        # Answered once and open again: it waits to be looked at anew (P-06).
        is_second_level=thread.kind == "complaint"
        and thread.answered_at is not None
        and thread.state == "open",
        refusal=refusal.message if refusal else "",
        may_restart=may_restart(thread.kind, thread.state, _authors(talk)),
        may_close=may_close(thread.kind, thread.state, thread.answered_at),
        sms=answer_text(thread.number or "", context.site, language=who.language),
    )


def _authors(talk: Conversation) -> tuple[str, ...]:
    """Who wrote, of what is shown; where older messages are not shown there were more than one."""
    shown = tuple(f"{one.who}:" for one in talk.messages if one.kind != ACK)
    # Enough for the rule that asks for the last author and whether there was an earlier one; all
    # authors would be another query.
    return ("system:", *shown) if talk.older_key is not None else shown


def _inbox_rows() -> Select[Thread, Borrower, str, int]:
    name = func.coalesce(Staff.display_name, "")
    # What a borrower wrote after an answer starts no clock, and is read all the same.
    unread = select(func.count()).where(
        Message.thread_id == Thread.id,
        Message.author.like("borrower:%"),
        Message.read_at.is_(None),
    )
    joined = select(Thread, Borrower, name, unread.scalar_subquery()).join(
        Borrower, Borrower.id == Thread.borrower_id
    )
    return joined.outerjoin(Staff, Staff.public_id == Thread.owner)


def _in_tab(tab: Tab, staff: StaffMember) -> tuple[ColumnElement[bool], ...]:
    if tab == "answered":
        return (Thread.state != "open",)
    if tab == "mine":
        return Thread.state == "open", Thread.owner == staff.public_id
    return Thread.state == "open", Thread.kind == tab


def _beyond(session: Session, tab: Tab, after: str) -> ColumnElement[bool]:
    one = session.scalars(select(Thread).where(Thread.public_id == after)).one_or_none()
    if one is None:
        raise NotFound
    if tab == "answered":
        return or_(
            Thread.last_at < one.last_at, and_(Thread.last_at == one.last_at, Thread.id < one.id)
        )

    by = one.answer_by_at
    return or_(Thread.answer_by_at > by, and_(Thread.answer_by_at == by, Thread.id > one.id))


def _waiting(session: Session, context: Context) -> WaitingThreads:
    counted = select(
        func.count().filter(Thread.kind == "question"),
        func.count().filter(Thread.kind == "complaint"),
        func.count().filter(Thread.owner == context.staff.public_id),
        func.count().filter(Thread.answer_by_at < context.now),
    )
    return WaitingThreads(*session.execute(counted.where(Thread.state == "open")).one())


def _inbox_row(
    context: Context, thread: Thread, who: Borrower, owner: str, unread: int
) -> InboxRow:
    by, now = thread.answer_by_at, context.now
    return InboxRow(
        public_id=thread.public_id,
        number=thread.number or "",
        kind=thread.kind,
        about=thread.about,
        state=thread.state,
        name=masked_name(
            context.vault.unseal(who.name_enc, table="borrowers", row=who.public_id, column="name")
        ),
        owner=owner,
        is_mine=thread.owner == context.staff.public_id,
        opened_at=thread.opened_at,
        last_at=thread.last_at or thread.opened_at,
        answer_by_at=by,
        days_left=(beijing_date(by) - beijing_date(now)).days if by else 0,
        is_late=by is not None and by < now,
        has_news=thread.state == "answered" and unread > 0,
    )


def _loans(session: Session, borrower_id: int) -> tuple[LoanLink, ...]:
    query = (
        select(Loan.public_id, Loan.product, Loan.ref)
        .where(Loan.borrower_id == borrower_id)
        .order_by(Loan.id)
    )
    return tuple(
        LoanLink(public_id, product, ref[-4:]) for public_id, product, ref in session.execute(query)
    )


def _version(session: Session, version_id: int | None) -> str:
    if version_id is None:
        return ""
    return session.scalar(select(PlanVersion.public_id).where(PlanVersion.id == version_id)) or ""
