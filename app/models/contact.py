"""Contacts made, holds on contact, and what borrowers ask of people: callbacks, threads,
messages.
"""

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, Code, Digest, Instant, Key, MaybeInstant, PublicId


class Hold(Base):
    """A time in which nobody collects from a borrower on a loan."""

    __tablename__ = "holds"
    id: Mapped[Key]
    borrower_id: Mapped[int] = mapped_column(BigId, ForeignKey("borrowers.id"), index=True)
    # Empty holds contact on all of the borrower's loans: breathing space (ADR 0012).
    loan_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("loans.id"), index=True)
    cause: Mapped[Code]
    from_at: Mapped[Instant]
    # Empty while no end is known: the hold of a plan that waits or is kept goes on with it.
    until_at: Mapped[MaybeInstant]
    # Who set the end. Empty also on a hold whose time is over until the job has put that on record.
    ended_by: Mapped[str | None] = mapped_column(String(64))
    __table_args__ = (Index("ix_holds_ended_by_until", "ended_by", "until_at"),)


class Contact(Base):
    """One message or call, by whom, for what, and how it ended. Kept five years after settlement
    (C-15).
    """

    __tablename__ = "contacts"
    id: Mapped[Key]
    borrower_id: Mapped[int] = mapped_column(BigId, ForeignKey("borrowers.id"))
    channel: Mapped[Code]
    purpose: Mapped[Code]
    # By whose name it was made, an agency's as well as ours: the borrower reads it (C-15).
    institution: Mapped[str] = mapped_column(String(80))
    person: Mapped[str] = mapped_column(String(64))
    at: Mapped[Instant]
    result: Mapped[Code]
    # Empty for a code, which is never kept (I-13).
    words: Mapped[str] = mapped_column(Text)
    # Of an SMS who took it, and as what: its receipt is found by them.
    provider: Mapped[str | None] = mapped_column(String(40))
    provider_id: Mapped[str | None] = mapped_column(String(64))
    __table_args__ = (
        Index("ix_contacts_borrower_at", "borrower_id", "at"),
        Index("ix_contacts_at", "at"),
    )


class CallbackRequest(Base):
    """Someone, signed in or not, asks to be called back: encrypted name, number and words."""

    __tablename__ = "callback_requests"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    # What people tell on the phone; the public id stands in addresses.
    number: Mapped[str] = mapped_column(String(24), unique=True)
    topic: Mapped[Code]
    # Only where someone was signed in: a typed number is never matched with a borrower, so that
    # asking tells nobody who is known (V6.3.8).
    borrower_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("borrowers.id"))
    name_enc: Mapped[bytes] = mapped_column(LargeBinary)
    mobile_enc: Mapped[bytes] = mapped_column(LargeBinary)
    words_enc: Mapped[bytes] = mapped_column(LargeBinary)
    key_version: Mapped[int]
    wished_time: Mapped[Code]
    # Where it was asked from, as a keyed hash: enough to count by, worth nothing to who reads the
    # table.
    requester_hmac: Mapped[Digest]
    request_key: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[Code] = mapped_column(index=True)
    # Who calls back: staff:…, as in answered_by.
    owner: Mapped[str | None] = mapped_column(String(64))
    asked_at: Mapped[Instant]
    # By when someone calls: as promised, and after an attempt when it is tried next.
    answer_by_at: Mapped[Instant]
    answered_at: Mapped[MaybeInstant]
    answered_by: Mapped[str | None] = mapped_column(String(64))
    answer_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    __table_args__ = (
        Index("ix_callback_requests_requester_asked", "requester_hmac", "asked_at"),
        Index("ix_callback_requests_state_answered", "state", "answered_at", "id"),
    )


class CallbackAttempt(Base):
    """A call back that did not end the request: nobody answered, or another time was agreed."""

    __tablename__ = "callback_attempts"
    id: Mapped[Key]
    callback_id: Mapped[int] = mapped_column(BigId, ForeignKey("callback_requests.id"), index=True)
    by: Mapped[str] = mapped_column(String(64))
    result: Mapped[Code]
    at: Mapped[Instant]
    next_at: Mapped[Instant]


class Thread(Base):
    """A conversation with customer service: a question (咨询) or a complaint (投诉), with its number
    and its clock.
    """

    __tablename__ = "threads"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    number: Mapped[str | None] = mapped_column(String(24))
    borrower_id: Mapped[int] = mapped_column(BigId, ForeignKey("borrowers.id"), index=True)
    kind: Mapped[Code] = mapped_column(default="question")
    about: Mapped[Code]
    # The proposal it is about, if any. Who entered, owns or decided that one is kept away from a
    # complaint (ADR 0029).
    version_id: Mapped[int | None] = mapped_column(BigId, index=True)
    # The public id of an account and no foreign key: who owned it once stays readable.
    owner: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[Code]
    opened_at: Mapped[Instant]
    # The running clock; empty once answered or ended.
    answer_by_at: Mapped[MaybeInstant]
    answered_at: Mapped[MaybeInstant]
    # When something was last said: lists of threads are ordered by it without reading messages.
    last_at: Mapped[MaybeInstant]
    __table_args__ = (
        Index("uq_threads_number", "number", unique=True),
        Index("ix_threads_state_answer_by", "state", "answer_by_at", "id"),
        Index("ix_threads_last_at", "last_at", "id"),
    )


class Message(Base):
    """One message in a thread; `author` is borrower:…, staff:… or system. What people wrote is in
    `words_enc`; `words` holds only what the system itself wrote.
    """

    __tablename__ = "messages"
    id: Mapped[Key]
    thread_id: Mapped[int] = mapped_column(BigId, ForeignKey("threads.id"), index=True)
    author: Mapped[str] = mapped_column(String(64))
    words: Mapped[str] = mapped_column(Text, default="")
    words_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_version: Mapped[int] = mapped_column(default=0)
    # words, ack (先回复一声, no answer) or review (申请核查)
    kind: Mapped[Code] = mapped_column(default="words")
    # What the words are sealed with, and what makes a double tap one message (ADR 0028); empty for
    # what the system itself says.
    request_key: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[Instant]
    # When the other side first read it: a courtesy to who wrote, without an audit entry (ADR 0029).
    read_at: Mapped[MaybeInstant]
    __table_args__ = (Index("uq_messages_request_key", "request_key", unique=True),)
