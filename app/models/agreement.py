"""Signatures, agreements and exports of them."""

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

from app.models.base import (
    Base,
    BigId,
    Code,
    Digest,
    Fen,
    Instant,
    Key,
    MaybeDigest,
    MaybeInstant,
    PublicId,
)

STAMP_DUE = text("stamp = 'due'")
IN_TABLE = text("pdf IS NOT NULL")


class Signature(Base):
    """One clause or text confirmed by one party, with the hash of what was shown."""

    __tablename__ = "signatures"
    id: Mapped[Key]
    version_id: Mapped[int] = mapped_column(BigId, ForeignKey("plan_versions.id"))
    # borrower or lender; the lender's row stands for its seal (ADR 0022).
    party: Mapped[Code]
    clause: Mapped[Code]
    terms_sha256: Mapped[Digest]
    # The code it was given with, whose row keeps the hash of the text for good (ADR 0022). The
    # lender's seal needs none.
    code_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("sign_in_codes.id"), index=True)
    at: Mapped[Instant]
    from_where: Mapped[str] = mapped_column(String(64))
    # Nobody confirms a clause twice, whatever two tabs do.
    __table_args__ = (UniqueConstraint("version_id", "party", "clause"),)


class Agreement(Base):
    """A signed, numbered agreement: one a version. `text` holds the values its page and its PDF are
    made of.
    """

    __tablename__ = "agreements"
    id: Mapped[Key]
    # Found by its start too, so it is sorted by characters on both databases, as a loan's ref.
    number: Mapped[str] = mapped_column(
        String(24).with_variant(String(24, collation="C"), "postgresql"), unique=True
    )
    # Unique: two signatures at once cannot make two agreements of one version.
    version_id: Mapped[int] = mapped_column(BigId, ForeignKey("plan_versions.id"), unique=True)
    terms_sha256: Mapped[Digest]
    # The whole text and not a way to compute it: the page must show in ten years what was signed
    # (I-11).
    text: Mapped[dict[str, Any]] = mapped_column(JSON)
    text_sha256: Mapped[Digest]
    # Nullable since the first migration; today no agreement is written without its file (ADR 0073).
    pdf_sha256: Mapped[MaybeDigest]
    # Random and on paper only: knowing the agreement's number does not open its public page.
    check_code: Mapped[str] = mapped_column(String(24), unique=True)
    signed_at: Mapped[Instant] = mapped_column(index=True)
    # Of its file: due or stamped; empty where it was signed before there were any (ADR 0053).
    stamp: Mapped[Code | None] = mapped_column(String(40))
    # What the authority told, not our clock.
    stamped_at: Mapped[MaybeInstant]
    __table_args__ = (
        # The few that wait, for the job that comes by every minute.
        Index(
            "ix_agreements_stamp_due",
            "id",
            sqlite_where=STAMP_DUE,
            postgresql_where=STAMP_DUE,
        ),
    )


class AgreementFile(Base):
    """Where the signed PDF of an agreement lies; named in the transaction that signs it, and anew
    where a time stamp came later.
    """

    __tablename__ = "agreement_files"
    agreement_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("agreements.id"), primary_key=True, autoincrement=False
    )
    # The bytes themselves, of agreements from before ADR 0073, until they are moved.
    pdf: Mapped[bytes | None] = mapped_column(LargeBinary)
    # In the storage: a random name, a dot and the SHA-256 of the PDF.
    folder: Mapped[str | None] = mapped_column(String(96), unique=True)
    size: Mapped[int | None]
    # The one before its stamp: named on, for a backup of the tables from before tells of no other.
    unstamped_folder: Mapped[str | None] = mapped_column(String(96), unique=True)
    __table_args__ = (
        CheckConstraint("pdf IS NOT NULL OR folder IS NOT NULL", name="somewhere"),
        CheckConstraint("(folder IS NULL) = (size IS NULL)", name="size_told"),
        # Those that are still to be moved, for the job that comes by every minute.
        Index(
            "ix_agreement_files_in_table",
            "agreement_id",
            sqlite_where=IN_TABLE,
            postgresql_where=IN_TABLE,
        ),
    )


class DueDate(Base):
    """When a payment of an agreement falls due, as its paper prints it; number 0 is the first
    payment.
    """

    # Stored, for months moved (ADR 0004) and the day of the signature (ADR 0008) are no condition
    # of a query: lists find agreements by it (ADR 0047).
    __tablename__ = "due_dates"
    agreement_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("agreements.id"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    due_on: Mapped[date]
    __table_args__ = (Index("ix_due_dates_due_on_agreement_id", "due_on", "agreement_id"),)


class Export(Base):
    """Who took what out of the house, why, and the hash of it; the file itself lies in storage
    until it lapses.
    """

    __tablename__ = "exports"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    # Empty for the command, whose actor stands below.
    staff_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    purpose: Mapped[str] = mapped_column(String(200))
    filter: Mapped[dict[str, Any]] = mapped_column(JSON)
    # Agreements and not lines: an export holds one sheet of them and one of their instalments.
    rows: Mapped[int]
    sha256: Mapped[Digest]
    at: Mapped[Instant]
    actor: Mapped[str] = mapped_column(String(64), default="-")
    format: Mapped[Code] = mapped_column(default="csv")
    state: Mapped[Code] = mapped_column(default="done")
    rows_done: Mapped[int] = mapped_column(default=0)
    total_fen: Mapped[Fen] = mapped_column(default=0)
    files: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    finished_at: Mapped[MaybeInstant]
    # A double tap asks for one export.
    request_key: Mapped[str | None] = mapped_column(String(64))
    # Grows whenever a worker begins it: one that was slow no longer fits, and finishes nothing.
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    fault: Mapped[str | None] = mapped_column(String(40))
    __table_args__ = (
        Index("uq_exports_request_key", "request_key", unique=True),
        Index("ix_exports_state_at", "state", "at"),
    )
