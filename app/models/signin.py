"""Sign-in: codes by SMS, known devices and sessions as rows that logout ends."""

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import (
    Base,
    BigId,
    Code,
    Digest,
    Instant,
    Key,
    MaybeDigest,
    MaybeInstant,
    PublicId,
)


class SignInCode(Base):
    """One code asked for: only its keyed hash, bound to the browser that asked. Also kept for
    unknown numbers.
    """

    __tablename__ = "sign_in_codes"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    purpose: Mapped[Code]
    mobile_hmac: Mapped[Digest]
    requester_hmac: Mapped[Digest]
    browser_hash: Mapped[Digest]
    device_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("devices.id"))
    code_hash: Mapped[Digest]
    text_sha256: Mapped[MaybeDigest]
    tries: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[MaybeInstant]
    void_at: Mapped[MaybeInstant]
    __table_args__ = (
        Index("ix_sign_in_codes_mobile_asked", "mobile_hmac", "asked_at"),
        Index("ix_sign_in_codes_requester_asked", "requester_hmac", "asked_at"),
    )


class Device(Base):
    """A browser in which a borrower signed in before."""

    __tablename__ = "devices"
    id: Mapped[Key]
    token_hash: Mapped[Digest]
    borrower_id: Mapped[int] = mapped_column(BigId, ForeignKey("borrowers.id"), index=True)
    first_seen_at: Mapped[Instant]
    last_seen_at: Mapped[Instant]
    __table_args__ = (UniqueConstraint("token_hash", "borrower_id"),)


class FailedTry(Base):
    """One try that is counted: a wrong password, or a total held against a paper; keyed hashes of
    what and from where.
    """

    __tablename__ = "failed_tries"
    id: Mapped[Key]
    subject_hmac: Mapped[Digest]
    requester_hmac: Mapped[Digest]
    at: Mapped[Instant]
    __table_args__ = (Index("ix_failed_tries_subject", "subject_hmac", "requester_hmac", "at"),)


class SessionRow(Base):
    """One signed-in browser of a borrower or of staff; `kept` holds typed answers across an
    expiry.
    """

    __tablename__ = "sessions"
    id: Mapped[Key]
    token_hash: Mapped[str] = mapped_column(unique=True)
    audience: Mapped[Code]
    borrower_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("borrowers.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"), index=True)
    started_at: Mapped[Instant]
    last_seen_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    stepped_up_at: Mapped[MaybeInstant]
    ended_at: Mapped[MaybeInstant]
    ended_why: Mapped[str | None]
    kept: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    __table_args__ = (
        CheckConstraint("(borrower_id IS NULL) <> (staff_id IS NULL)", name="one_person"),
        CheckConstraint("audience IN ('borrower', 'staff')", name="audience_known"),
    )
