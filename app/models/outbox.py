"""Messages to send and jobs to run, written in the transaction that causes them; keys already
answered.
"""

from typing import Any

from sqlalchemy import JSON, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, Code, Digest, Instant, Key, MaybeInstant


class OutboxItem(Base):
    """One SMS to hand over; the payload (to whom, what) is encrypted and wiped once sent."""

    __tablename__ = "outbox"
    id: Mapped[Key]
    purpose: Mapped[Code]
    borrower_id: Mapped[int | None] = mapped_column(BigId)
    # Sealed under the idempotency key, which is known before the row has an id.
    payload_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_version: Mapped[int]
    state: Mapped[Code]
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[Instant]
    # Quiet hours are settled when it is written and not when it is sent (C-01).
    not_before_at: Mapped[Instant]
    # A code or a reminder that comes late does harm: it is dropped then.
    expires_at: Mapped[MaybeInstant]
    lease_until_at: Mapped[MaybeInstant]
    sent_at: Mapped[MaybeInstant]
    last_error: Mapped[str | None] = mapped_column(Text)
    # Who took it, and as what: the receipt names it so.
    provider: Mapped[str | None] = mapped_column(String(40))
    provider_id: Mapped[str | None] = mapped_column(String(64))
    # The request or the turn of a job that caused it.
    request_id: Mapped[str | None] = mapped_column(String(64))
    # Says what the row is about (plan-signed:…), so that no cause ever writes two.
    idempotency_key: Mapped[str] = mapped_column(String(80), unique=True)
    __table_args__ = (
        Index("ix_outbox_state_not_before", "state", "not_before_at"),
        Index(
            "ix_outbox_provider_provider_id",
            "provider",
            "provider_id",
            sqlite_where=provider_id.is_not(None),
            postgresql_where=provider_id.is_not(None),
        ),
    )


class SmsReceipt(Base):
    """What a provider told of a message it took: once for each, and never changed."""

    __tablename__ = "sms_receipts"
    id: Mapped[Key]
    provider: Mapped[Code]
    # Its own id of the message; no foreign key, for a receipt may come before the row is noted.
    provider_id: Mapped[str] = mapped_column(String(64))
    is_delivered: Mapped[bool]
    # Why not, in our words for it, and the carrier's code.
    why: Mapped[Code]
    code: Mapped[Code]
    # By the provider's clock; nothing is decided by it.
    told_at: Mapped[MaybeInstant]
    received_at: Mapped[Instant] = mapped_column(index=True)
    __table_args__ = (UniqueConstraint("provider", "provider_id"),)


class Job(Base):
    """One piece of background work with its lease, where no engine keeps it: on SQLite."""

    __tablename__ = "jobs"
    id: Mapped[Key]
    purpose: Mapped[Code]
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[Code]
    attempts: Mapped[int] = mapped_column(default=0)
    run_at: Mapped[Instant]
    lease_until_at: Mapped[MaybeInstant]
    done_at: Mapped[MaybeInstant]
    last_error: Mapped[str | None] = mapped_column(Text)
    idempotency_key: Mapped[str] = mapped_column(String(80), unique=True)
    priority: Mapped[int] = mapped_column(default=0, server_default="0")
    # Never two of one lock at once.
    lock: Mapped[str | None] = mapped_column(String(80))
    # Of one no second is taken while it waits or runs.
    queueing_lock: Mapped[str | None] = mapped_column(String(80))
    asked_at: Mapped[MaybeInstant]
    __table_args__ = (
        Index("ix_jobs_state_run_at", "state", "run_at"),
        Index("ix_jobs_queueing_lock", "queueing_lock"),
    )


class JobRun(Base):
    """When a task of the background work last ended, on whichever host, and how."""

    __tablename__ = "job_runs"
    id: Mapped[Key]
    name: Mapped[Code] = mapped_column(unique=True)
    ended_at: Mapped[Instant]
    done: Mapped[int]
    left: Mapped[int]
    # The class of what broke and never its words, which may name a person.
    fault: Mapped[Code | None]
    broken_since_at: Mapped[MaybeInstant]


class RequestKey(Base):
    """A key already answered: the second call gets the first reply, another body is refused."""

    __tablename__ = "request_keys"
    id: Mapped[Key]
    actor: Mapped[str] = mapped_column(String(64))
    route: Mapped[Code]
    key: Mapped[str] = mapped_column(String(64))
    # The same key with another content is no repetition, and is refused.
    body_sha256: Mapped[Digest]
    status: Mapped[Code]
    # What the first call was told, so that the second reads the same.
    reply: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[Instant]
    __table_args__ = (UniqueConstraint("actor", "route", "key"),)
