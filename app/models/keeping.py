"""What happens to a signed plan besides money: notices, changed dates, certificates, rounds."""

from datetime import date
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, Code, Digest, Instant, Key, MaybeInstant, PublicId

# Conditions of partial indexes; they have to read the same on both databases.
IN_FORCE = text("withdrawn_at IS NULL")
UNANSWERED = text("answered_at IS NULL")


class PlanNotice(Base):
    """A notice that parts of a plan were missed, or that it is broken: on record with its day.

    Only when it was received, whether it was taken back and since when a break stands whatever
    comes to light are ever added; a trigger holds to that.
    """

    __tablename__ = "notices"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    plan_id: Mapped[int] = mapped_column(BigId, ForeignKey("plans.id"))
    # notice or break, as an account has it.
    kind: Mapped[Code]
    # The day from which it counts; the clock of a cure runs from the day it was received.
    sent_on: Mapped[date]
    at: Mapped[Instant] = mapped_column(index=True)
    # What it said: numbers and sums in fen, as the borrower reads it later too.
    told: Mapped[dict[str, Any]] = mapped_column(JSON)
    received_on: Mapped[date | None]
    # delivered (the provider says so) or read (on the pages).
    received_by: Mapped[Code | None] = mapped_column(String(40))
    taken_back_at: Mapped[MaybeInstant] = mapped_column(index=True)
    taken_back_why: Mapped[Code | None] = mapped_column(String(40))
    # Of a break: money in time came to light after another plan was signed, or the loan was gone.
    stands_at: Mapped[MaybeInstant]
    __table_args__ = (
        UniqueConstraint("plan_id", "kind", "sent_on"),
        # Those whose clock has not begun, for the job that looks for receipts.
        Index(
            "ix_notices_not_received",
            "id",
            sqlite_where=text("received_on IS NULL AND taken_back_at IS NULL"),
            postgresql_where=text("received_on IS NULL AND taken_back_at IS NULL"),
        ),
        CheckConstraint(
            "(received_on IS NULL) = (received_by IS NULL)", name="received_in_some_way"
        ),
        CheckConstraint(
            "(taken_back_at IS NULL) = (taken_back_why IS NULL)", name="taken_back_for_a_reason"
        ),
    )


class DateChange(Base):
    """A number's due date as the borrower changed it; once in a plan's life, never edited."""

    __tablename__ = "date_changes"
    id: Mapped[Key]
    plan_id: Mapped[int] = mapped_column(BigId, ForeignKey("plans.id"))
    # 0 is the first payment.
    number: Mapped[int]
    from_on: Mapped[date]
    due_on: Mapped[date] = mapped_column(index=True)
    at: Mapped[Instant] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(64))
    request_key: Mapped[str] = mapped_column(String(64), unique=True)
    __table_args__ = (UniqueConstraint("plan_id", "number"),)


class Certificate(Base):
    """A paper that says what is settled, with a check code; withdrawn where money is taken back."""

    __tablename__ = "certificates"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    # settlement, or arrears where the contract goes on.
    kind: Mapped[Code]
    plan_id: Mapped[int] = mapped_column(BigId, ForeignKey("plans.id"))
    # Random and on paper only.
    check_code: Mapped[str] = mapped_column(String(24), unique=True)
    # The values its page and its PDF are made of, and their hash.
    text: Mapped[dict[str, Any]] = mapped_column(JSON)
    text_sha256: Mapped[Digest]
    issued_at: Mapped[Instant] = mapped_column(index=True)
    withdrawn_at: Mapped[MaybeInstant] = mapped_column(index=True)
    __table_args__ = (
        # Of a plan at most one is in force.
        Index(
            "uq_certificates_plan_in_force",
            "plan_id",
            unique=True,
            sqlite_where=IN_FORCE,
            postgresql_where=IN_FORCE,
        ),
    )


class CertificateFile(Base):
    """Where the sealed PDF of a certificate lies: made when it is first asked for, and kept."""

    __tablename__ = "certificate_files"
    certificate_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("certificates.id"), primary_key=True, autoincrement=False
    )
    # In the storage: a random name, a dot and the SHA-256 of the PDF.
    folder: Mapped[str] = mapped_column(String(96), unique=True)
    sha256: Mapped[Digest]
    size: Mapped[int]
    sealed_at: Mapped[Instant]
    # What the authority told, not our clock.
    stamped_at: Mapped[Instant]


class PlanRound(Base):
    """Up to which day the nightly round has looked at a kept plan; one row a plan."""

    __tablename__ = "plan_rounds"
    plan_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("plans.id"), primary_key=True, autoincrement=False
    )
    until_on: Mapped[date]


class PlanMatter(Base):
    """What a person answers of a signed plan by a day: after a break what comes next, money in time
    that undid nothing, what no rule decides. `cause` is the notice or payment that brought it.

    Answered once, with words for the borrower, sealed; a trigger holds to that.
    """

    __tablename__ = "plan_matters"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    plan_id: Mapped[int] = mapped_column(BigId, ForeignKey("plans.id"))
    kind: Mapped[Code]
    cause: Mapped[str] = mapped_column(String(64))
    opened_at: Mapped[Instant]
    answer_by_on: Mapped[date]
    answered_at: Mapped[MaybeInstant]
    # An actor as the audit trail names it.
    answered_by: Mapped[str | None] = mapped_column(String(64))
    words_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_version: Mapped[int | None]
    request_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    __table_args__ = (
        UniqueConstraint("plan_id", "kind", "cause"),
        Index(
            "ix_plan_matters_open",
            "answer_by_on",
            "id",
            sqlite_where=UNANSWERED,
            postgresql_where=UNANSWERED,
        ),
        CheckConstraint(
            "(answered_at IS NULL) = (answered_by IS NULL)", name="answered_by_someone"
        ),
    )
