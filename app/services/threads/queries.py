"""Threads as their borrower reads them: the list, one thread, what was not read yet; and what a new
one is about.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.domain.keeping.by_number import KeptPart
from app.domain.plan import PlanInstalment
from app.domain.plan_terms import moved_of, read_terms
from app.models import Agreement, Loan, Message, Plan, PlanVersion, Staff, Thread
from app.ports.vault import Vault
from app.services.core.context import Context
from app.services.keeping.accounts import SignedPlan, kept_standings
from app.services.loans.kept_plans import kept_since

PAGE_ROWS = 20
PAGE_MESSAGES = 50


@dataclass(frozen=True)
class ThreadRow:
    """One thread in a list; about is a code, owner the name of who handles it, or empty.

    version is the public id of the proposal it is about, or empty.
    """

    public_id: str
    number: str
    kind: str
    about: str
    state: str
    opened_at: datetime
    last_at: datetime
    answer_by_at: datetime | None
    answered_at: datetime | None
    owner: str
    unread: int
    version: str

    @property
    def is_complaint(self) -> bool:
        """Whether it is a complaint."""
        return self.kind == "complaint"


@dataclass(frozen=True)
class ThreadPage:
    """One page of threads, the latest first; `next_key` leads to older ones."""

    rows: tuple[ThreadRow, ...]
    next_key: str | None


@dataclass(frozen=True)
class MessageView:
    """One message. who is borrower, staff or system, name the account's of staff; a system's words
    are source text.
    """

    key: int
    who: str
    name: str
    words: str
    at: datetime
    read_at: datetime | None
    kind: str = "words"


@dataclass(frozen=True)
class Conversation:
    """The latest messages of a thread, the oldest of them first; `older_key` leads to those
    before.
    """

    messages: tuple[MessageView, ...]
    older_key: int | None


@dataclass(frozen=True)
class UnreadAnswers:
    """How many answers were not read yet, and the thread of the latest."""

    count: int
    public_id: str
    number: str


@dataclass(frozen=True)
class Concern:
    """What a new message is about: a loan, or an instalment of a plan. Units: fen."""

    product: str = ""
    tail: str = ""
    version: str = ""
    plan_number: str = ""
    instalment: int = 0
    due_on: date | None = None
    fen: int = 0


def threads_of(session: Session, *, borrower_id: int, after: str | None = None) -> ThreadPage:
    """Return a borrower's threads, the latest first, from a public id on.

    Raises: NotFound for a public id that is none of theirs.
    """
    query = _thread_rows().where(Thread.borrower_id == borrower_id)
    if after is not None:
        query = query.where(_older(session, borrower_id, after))

    found = session.execute(
        query.order_by(Thread.last_at.desc(), Thread.id.desc()).limit(PAGE_ROWS + 1)
    ).all()
    rows = tuple(_thread_row(*one) for one in found[:PAGE_ROWS])

    return ThreadPage(rows, rows[-1].public_id if len(found) > PAGE_ROWS else None)


def thread_of(session: Session, *, borrower_id: int, public_id: str) -> ThreadRow:
    """Return one thread of a borrower.

    Raises: NotFound.
    """
    mine = _thread_rows().where(Thread.borrower_id == borrower_id, Thread.public_id == public_id)
    found = session.execute(mine).one_or_none()
    if found is None:
        raise NotFound
    return _thread_row(*found)


def conversation(
    session: Session, context: Context, *, public_id: str, before: int | None = None
) -> Conversation:
    """Return the messages of a thread whose reader the caller has checked, the latest or those
    before a key.
    """
    query = (
        select(Message, Staff.display_name)
        .join(Thread, Thread.id == Message.thread_id)
        .outerjoin(Staff, Message.author == "staff:" + Staff.public_id)
        .where(Thread.public_id == public_id)
    )
    if before is not None:
        query = query.where(Message.id < before)

    # The newest are read and turned round: a long thread opens at its end.
    found = session.execute(query.order_by(Message.id.desc()).limit(PAGE_MESSAGES + 1)).all()
    shown = tuple(
        _said(context.vault, one, name or "") for one, name in reversed(found[:PAGE_MESSAGES])
    )

    return Conversation(shown, shown[0].key if len(found) > PAGE_MESSAGES else None)


def unread_in(rows: Iterable[tuple[int, int, str, str | None]]) -> UnreadAnswers | None:
    """Tell of threads with answers that a borrower has not read: the row of the latest, how many,
    public id and number of each; nothing where there are none.
    """
    found = sorted(rows, key=lambda one: -one[0])
    if not found:
        return None
    _latest, _count, public_id, number = found[0]
    return UnreadAnswers(sum(count for _row, count, *_thread in found), public_id, number or "")


def is_unread() -> tuple[ColumnElement[bool], ...]:
    """Return what holds of answers that their borrower has not read yet."""
    return is_from_us(), Message.read_at.is_(None)


@dataclass(frozen=True)
class Mention:
    """What the address of a form names: a topic's code, a loan, a version of a plan, an
    instalment.
    """

    about: str = ""
    loan_public_id: str = ""
    version_public_id: str = ""
    instalment: int | None = None


def concern(session: Session, context: Context, *, borrower_id: int, mention: Mention) -> Concern:
    """Return what a new message is about, so that nobody is asked for what we know.

    A payment that names no plan is taken to be for the one last signed.
    Raises: NotFound for a loan or version of someone else.
    Source: P-03.
    """
    version = mention.version_public_id
    if mention.about == "paid" and not version:
        # Whoever says "I have paid" means the plan they pay by.
        version = _signed(session, borrower_id)

    if version:
        return _planned(session, borrower_id, version, mention.instalment, context.today)

    if mention.loan_public_id:
        mine = select(Loan.product, Loan.ref).where(
            Loan.borrower_id == borrower_id, Loan.public_id == mention.loan_public_id
        )
        found = session.execute(mine).one_or_none()
        if found is None:
            raise NotFound
        return Concern(product=found[0], tail=found[1][-4:])

    return Concern()


def _signed(session: Session, borrower_id: int) -> str:
    query = select(PlanVersion.public_id).join(Plan).where(Plan.borrower_id == borrower_id)
    latest = query.where(PlanVersion.state == "signed").order_by(PlanVersion.id.desc()).limit(1)
    return session.scalar(latest) or ""


def _planned(
    session: Session, borrower_id: int, version_public_id: str, instalment: int | None, today: date
) -> Concern:
    """The instalment named, else the next one, else the last: of a signed plan as it stands."""
    mine = select(PlanVersion, Plan, Agreement).join(Plan, Plan.id == PlanVersion.plan_id)
    mine = mine.outerjoin(Agreement, Agreement.version_id == PlanVersion.id).where(
        Plan.borrower_id == borrower_id
    )
    found = session.execute(mine.where(PlanVersion.public_id == version_public_id)).one_or_none()
    if found is None:
        raise NotFound

    version, plan, agreement = found
    payments: Sequence[PlanInstalment | KeptPart]
    if agreement is None:
        payments = read_terms(version.terms, moved=moved_of(version)).payments
        coming = next((one for one in payments if one.due_on >= today), payments[-1])
    else:
        signed = SignedPlan(plan, version, agreement.signed_at)
        stands = kept_standings(session, signed=(signed,), as_of=today)[plan.id]
        kept = kept_since(signed, stands, agreement=agreement.number, today=today)
        payments, coming = kept.payments, kept.next or kept.payments[-1]
    one = next((one for one in payments if one.number == instalment), coming)

    return Concern(
        version=version_public_id,
        plan_number=plan.number,
        instalment=one.number,
        due_on=one.due_on,
        fen=one.amount_fen,
    )


def is_from_us() -> ColumnElement[bool]:
    """Return what holds of messages that a borrower has not written."""
    # The system's own notes are news to the borrower as well.
    return Message.author.not_like("borrower:%")


def _thread_rows() -> Select[Thread, str, int, str]:
    # Counted in the same query: a list of twenty threads would otherwise ask twenty times.
    unread = select(func.count()).where(
        Message.thread_id == Thread.id, is_from_us(), Message.read_at.is_(None)
    )
    name = func.coalesce(Staff.display_name, "")
    version = func.coalesce(PlanVersion.public_id, "")
    joined = select(Thread, name, unread.scalar_subquery(), version)
    joined = joined.outerjoin(Staff, Staff.public_id == Thread.owner)

    return joined.outerjoin(PlanVersion, PlanVersion.id == Thread.version_id)


def _older(session: Session, borrower_id: int, after: str) -> ColumnElement[bool]:
    mine = select(Thread.last_at, Thread.id).where(
        Thread.borrower_id == borrower_id, Thread.public_id == after
    )
    found = session.execute(mine).one_or_none()
    if found is None:
        raise NotFound

    at, last_id = found
    return or_(Thread.last_at < at, and_(Thread.last_at == at, Thread.id < last_id))


def _thread_row(thread: Thread, owner: str, unread: int, version: str) -> ThreadRow:
    return ThreadRow(
        public_id=thread.public_id,
        number=thread.number or "",
        kind=thread.kind,
        about=thread.about,
        state=thread.state,
        opened_at=thread.opened_at,
        last_at=thread.last_at or thread.opened_at,
        answer_by_at=thread.answer_by_at,
        answered_at=thread.answered_at,
        owner=owner,
        unread=unread,
        version=version,
    )


def _said(vault: Vault, one: Message, name: str) -> MessageView:
    words = one.words
    # Words of people are sealed; those of the system are texts that pages translate.
    if one.words_enc is not None:
        words = vault.unseal(
            one.words_enc, table="messages", row=one.request_key or "", column="words"
        )
    who = one.author.partition(":")[0]
    return MessageView(one.id, who, name, words, one.at, one.read_at, one.kind)
