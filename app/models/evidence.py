"""What borrowers show of their hardship, who read it, and what they were asked for."""

from datetime import date

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, Code, Digest, Fen, Instant, Key, MaybeInstant, PublicId

# A condition of a partial index; it has to read the same on both databases.
WAITING = text("state = 'waiting'")


class Evidence(Base):
    """One photo or paper of a borrower; its pages lie sealed behind the storage port under the
    public id. Once deleted the row stays, with what was found.
    """

    __tablename__ = "evidence"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    plan_id: Mapped[int] = mapped_column(BigId, ForeignKey("plans.id"), index=True)
    topic: Mapped[Code]
    kind: Mapped[Code]
    # Only bank and medical papers have one; it is theirs alone (I-02).
    consent_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("consents.id"))
    pages: Mapped[int]
    # Of the pictures as they were made, one after the other; it outlives them as proof of what was
    # deleted.
    sha256: Mapped[Digest]
    bytes: Mapped[int] = mapped_column(BigId)
    received_at: Mapped[Instant] = mapped_column(index=True)
    verdict: Mapped[Code | None] = mapped_column(String(40))
    judged_by: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    judged_at: Mapped[MaybeInstant]
    deleted_at: Mapped[MaybeInstant]
    deleted_why: Mapped[Code | None] = mapped_column(String(40))
    request_key: Mapped[str] = mapped_column(String(64), unique=True)
    __table_args__ = (
        CheckConstraint("pages > 0 AND bytes > 0", name="not_empty"),
        CheckConstraint("(verdict IS NULL) = (judged_at IS NULL)", name="judged_since"),
        CheckConstraint("(deleted_at IS NULL) = (deleted_why IS NULL)", name="deleted_why_told"),
    )


class EvidenceView(Base):
    """One page read by one person of the staff, from which version of the case; never edited."""

    __tablename__ = "evidence_views"
    id: Mapped[Key]
    evidence_id: Mapped[int] = mapped_column(BigId, ForeignKey("evidence.id"), index=True)
    version_id: Mapped[int] = mapped_column(BigId, ForeignKey("plan_versions.id"))
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    page: Mapped[int]
    at: Mapped[Instant]


class EvidenceRequest(Base):
    """One more thing that staff asked a borrower to show, in words; never the same thing twice."""

    __tablename__ = "evidence_requests"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    plan_id: Mapped[int] = mapped_column(BigId, ForeignKey("plans.id"))
    version_id: Mapped[int] = mapped_column(BigId, ForeignKey("plan_versions.id"))
    topic: Mapped[Code]
    words_enc: Mapped[bytes] = mapped_column(LargeBinary)
    key_version: Mapped[int]
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    asked_at: Mapped[Instant]
    ended_at: Mapped[MaybeInstant]
    ended_why: Mapped[Code | None] = mapped_column(String(40))
    request_key: Mapped[str] = mapped_column(String(64), unique=True)
    __table_args__ = (
        UniqueConstraint("plan_id", "topic"),
        Index("ix_evidence_requests_version_ended", "version_id", "ended_at"),
        CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="ended_why_told"),
    )


class TransferProof(Base):
    """A picture of a transfer that its borrower says was made for a plan, with its sum and day. It
    is no money: only finance finds that. Its pages lie sealed as those of evidence.
    """

    __tablename__ = "transfer_proofs"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    plan_id: Mapped[int] = mapped_column(BigId, ForeignKey("plans.id"), index=True)
    fen: Mapped[Fen]
    paid_on: Mapped[date]
    consent_id: Mapped[int] = mapped_column(BigId, ForeignKey("consents.id"))
    pages: Mapped[int]
    sha256: Mapped[Digest]
    bytes: Mapped[int] = mapped_column(BigId)
    received_at: Mapped[Instant] = mapped_column(index=True)
    # waiting, matched (by a person, to this payment) or unfound (with a reason).
    state: Mapped[Code]
    payment_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("payments.id"), unique=True)
    reason: Mapped[Code | None] = mapped_column(String(40))
    answered_by: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    answered_at: Mapped[MaybeInstant]
    deleted_at: Mapped[MaybeInstant]
    deleted_why: Mapped[Code | None] = mapped_column(String(40))
    request_key: Mapped[str] = mapped_column(String(64), unique=True)
    __table_args__ = (
        # The few that nobody has answered, for finance and for the break of a plan.
        Index(
            "ix_transfer_proofs_waiting",
            "plan_id",
            "id",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        CheckConstraint("fen > 0 AND pages > 0 AND bytes > 0", name="not_empty"),
        CheckConstraint("(state = 'matched') = (payment_id IS NOT NULL)", name="matched_to_one"),
        CheckConstraint("(state = 'unfound') = (reason IS NOT NULL)", name="unfound_for_a_reason"),
        CheckConstraint("(state = 'waiting') = (answered_at IS NULL)", name="answered_since"),
        CheckConstraint("(deleted_at IS NULL) = (deleted_why IS NULL)", name="deleted_why_told"),
    )


class ProofView(Base):
    """One page of a transfer's picture read by one person of the staff; never edited."""

    __tablename__ = "proof_views"
    id: Mapped[Key]
    proof_id: Mapped[int] = mapped_column(BigId, ForeignKey("transfer_proofs.id"), index=True)
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    page: Mapped[int]
    at: Mapped[Instant]
