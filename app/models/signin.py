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
    # A code to sign in signs nothing, and the other way round.
    purpose: Mapped[Code]
    # Keyed hashes: the limits count by number and place, the table tells neither (I-15).
    mobile_hmac: Mapped[Digest]
    requester_hmac: Mapped[Digest]
    # A code works only in the browser that asked for it (V6.6.2).
    browser_hash: Mapped[Digest]
    device_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("devices.id"))
    # Wiped after ten minutes while the row stays for the counts (I-13, V6.5.5).
    code_hash: Mapped[Digest]
    # What a code that signs was asked for: another text needs another code (ADR 0022).
    text_sha256: Mapped[MaybeDigest]
    tries: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[MaybeInstant]
    # Set when a newer code was asked for, or once the code has opened a session.
    void_at: Mapped[MaybeInstant]
    __table_args__ = (
        Index("ix_sign_in_codes_mobile_asked", "mobile_hmac", "asked_at"),
        Index("ix_sign_in_codes_requester_asked", "requester_hmac", "asked_at"),
    )


class Device(Base):
    """A browser in which a borrower signed in before."""

    __tablename__ = "devices"
    id: Mapped[Key]
    # One row a browser and person: a shared phone is known for each of its people.
    token_hash: Mapped[Digest]
    borrower_id: Mapped[int] = mapped_column(BigId, ForeignKey("borrowers.id"), index=True)
    first_seen_at: Mapped[Instant]
    last_seen_at: Mapped[Instant]
    __table_args__ = (UniqueConstraint("token_hash", "borrower_id"),)


class FailedTry(Base):
    """One try that a limit counts: a wrong password, a total held against a paper, a call asked
    for; keyed hashes of what and from where.
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
    # Who reads the table cannot take a session over (V7.2.3).
    token_hash: Mapped[str] = mapped_column(unique=True)
    audience: Mapped[Code]
    borrower_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("borrowers.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"), index=True)
    started_at: Mapped[Instant]
    last_seen_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    # When a code was last given, for acts that ask for one again (V7.5.3).
    stepped_up_at: Mapped[MaybeInstant]
    ended_at: Mapped[MaybeInstant]
    ended_why: Mapped[str | None]
    # Sealed; it outlives the expiry of its session, never a sign-out (ADR 0007).
    kept: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    __table_args__ = (
        CheckConstraint("(borrower_id IS NULL) <> (staff_id IS NULL)", name="one_person"),
        CheckConstraint("audience IN ('borrower', 'staff')", name="audience_known"),
    )
