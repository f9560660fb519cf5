"""Checks of who is calling, and mobiles that were changed at the desk."""

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, Code, Digest, Instant, Key, MaybeInstant, PublicId


class IdentityCheck(Base):
    """One call in which staff check that the borrower is calling."""

    __tablename__ = "identity_checks"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    borrower_id: Mapped[int] = mapped_column(BigId, ForeignKey("borrowers.id"))
    # staff:… and no foreign key, as everywhere where it must stay readable.
    by: Mapped[str] = mapped_column(String(64))
    # open, passed, failed, stopped, left
    state: Mapped[Code]
    started_at: Mapped[Instant]
    ended_at: Mapped[MaybeInstant]
    __table_args__ = (Index("ix_identity_checks_borrower_started", "borrower_id", "started_at"),)


class IdentityAnswer(Base):
    """What became of one item that was asked; what was said is kept nowhere."""

    __tablename__ = "identity_answers"
    id: Mapped[Key]
    check_id: Mapped[int] = mapped_column(BigId, ForeignKey("identity_checks.id"))
    item: Mapped[Code]
    result: Mapped[Code]
    at: Mapped[Instant]
    __table_args__ = (
        # An item is judged once in a call, however often the page is sent.
        Index(
            "uq_identity_answers_judged",
            "check_id",
            "item",
            unique=True,
            sqlite_where=text("result <> 'unknown'"),
            postgresql_where=text("result <> 'unknown'"),
        ),
        Index("ix_identity_answers_check_id", "check_id"),
    )


class MobileChange(Base):
    """A borrower's new mobile: entered by one member of staff, confirmed by another."""

    __tablename__ = "mobile_changes"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    borrower_id: Mapped[int] = mapped_column(BigId, ForeignKey("borrowers.id"), index=True)
    check_id: Mapped[int] = mapped_column(BigId, ForeignKey("identity_checks.id"))
    # The person, who may be several customers of the lender.
    id_hmac: Mapped[Digest]
    # Which customers got the new number: public ids.
    changed: Mapped[list[Any]] = mapped_column(JSON, default=list)
    old_enc: Mapped[bytes] = mapped_column(LargeBinary)
    old_hmac: Mapped[Digest]
    new_enc: Mapped[bytes] = mapped_column(LargeBinary)
    new_hmac: Mapped[Digest]
    key_version: Mapped[int]
    reason: Mapped[Code]
    state: Mapped[Code]
    entered_by: Mapped[str] = mapped_column(String(64))
    entered_person: Mapped[str] = mapped_column(String(64))
    entered_at: Mapped[Instant]
    confirmed_by: Mapped[str | None] = mapped_column(String(64))
    confirmed_person: Mapped[str | None] = mapped_column(String(64))
    confirmed_at: Mapped[MaybeInstant]
    objected_by: Mapped[str | None] = mapped_column(String(64))
    objected_at: Mapped[MaybeInstant]
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_person: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[MaybeInstant]
    ended_at: Mapped[MaybeInstant]
    __table_args__ = (
        # Two people and not two accounts; also who writes past the services is stopped here.
        CheckConstraint("confirmed_person <> entered_person", name="two_persons"),
        CheckConstraint(
            "decided_person <> entered_person AND decided_person <> confirmed_person",
            name="third_person",
        ),
        Index(
            "uq_mobile_changes_entered",
            "id_hmac",
            unique=True,
            sqlite_where=text("state = 'entered'"),
            postgresql_where=text("state = 'entered'"),
        ),
        Index(
            "uq_mobile_changes_standing",
            "id_hmac",
            unique=True,
            sqlite_where=text("state IN ('confirmed', 'objected')"),
            postgresql_where=text("state IN ('confirmed', 'objected')"),
        ),
        Index("ix_mobile_changes_id_hmac_confirmed", "id_hmac", "confirmed_at"),
    )
