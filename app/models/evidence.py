"""What borrowers show of their hardship, who read it, and what they were asked for."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, Code, Digest, Instant, Key, MaybeInstant, PublicId


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
