"""Nightly files of the core system, their faults, and the figures they gave for each loan."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, Code, Digest, Fen, Instant, Key, PublicId

# What each row writes of a loan's figures on the file's date.
LOAN_FIGURES = (
    "overdue_since_on",
    "days_past_due",
    "left_fen",
    "overdue_principal_fen",
    "interest_fen",
    "penalty_fen",
    "fee_fen",
    "differences",
    "extra_enc",
    "extra_hmac",
)


class NightlyFile(Base):
    """One file received: applied, waiting for a person, or refused whole."""

    __tablename__ = "nightly_files"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    name: Mapped[str] = mapped_column(String(200))
    # Empty where a file was refused whole: often nobody could tell of which day it is.
    as_of_on: Mapped[date | None] = mapped_column(index=True)
    # By it the same file brought twice is known, whatever it is called.
    sha256: Mapped[Digest]
    # applied, unchanged, waiting (for a person), confirmed (about to be applied), declined by a
    # person, superseded, or refused whole.
    state: Mapped[Code]
    reason: Mapped[str | None] = mapped_column(Text)
    rows: Mapped[int]
    accepted: Mapped[int]
    unchanged: Mapped[int]
    rejected: Mapped[int]
    vanished: Mapped[int]
    discrepancies: Mapped[int]
    over_ceiling: Mapped[int]
    # Fen by component over all accepted rows, to be held against the core system's own control
    # sums.
    totals: Mapped[dict[str, Any]] = mapped_column(JSON)
    # What it said when it was judged, for as long as nothing of it is stored: why it waits, its
    # differences, how many loans of which age, which are not in it. Never personal data.
    findings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # Whether what stood before it is still kept, so that it can be taken back.
    can_go_back: Mapped[bool] = mapped_column(default=False)
    received_at: Mapped[Instant]
    # An actor as the audit trail names it, since files come from a command as well as from a
    # person.
    received_by: Mapped[str] = mapped_column(String(64))


class NightlyFilePart(Base):
    """Some rows of a file that waits, sealed as they came: dropped once a person has decided."""

    __tablename__ = "nightly_file_parts"
    id: Mapped[Key]
    file_id: Mapped[int] = mapped_column(BigId, ForeignKey("nightly_files.id"))
    # Part 0 holds the headers.
    number: Mapped[int]
    lines_enc: Mapped[bytes] = mapped_column(LargeBinary)
    key_version: Mapped[int]
    __table_args__ = (UniqueConstraint("file_id", "number"),)


class NightlyFileAct(Base):
    """What a person decided about a file, and why."""

    __tablename__ = "nightly_file_acts"
    id: Mapped[Key]
    file_id: Mapped[int] = mapped_column(BigId, ForeignKey("nightly_files.id"), index=True)
    # confirm or decline of a file that waits; ask, back or keep of taking an applied one back.
    act: Mapped[Code]
    words: Mapped[str] = mapped_column(Text)
    # An actor as the audit trail names it, and the person behind a member of staff.
    who: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[Instant]


class NightlyFault(Base):
    """One rejected line: the first fault in column order. Never holds personal data."""

    __tablename__ = "nightly_faults"
    id: Mapped[Key]
    file_id: Mapped[int] = mapped_column(BigId, ForeignKey("nightly_files.id"))
    line: Mapped[int]
    # The loan's number as it stands in the file, or empty where it cannot be read; no foreign key,
    # for the row was refused and its loan may not exist.
    ref: Mapped[str] = mapped_column(String(40))
    field: Mapped[str] = mapped_column(String(40))
    code: Mapped[Code]
    message: Mapped[str] = mapped_column(Text)
    __table_args__ = (Index("ix_nightly_faults_file_line", "file_id", "line"),)


class LoanSnapshot(Base):
    """What a file said of a loan on its date, in fen; `differences` = component: file minus
    engine.
    """

    __tablename__ = "loan_snapshots"
    id: Mapped[Key]
    loan_id: Mapped[int] = mapped_column(BigId, ForeignKey("loans.id"))
    file_id: Mapped[int] = mapped_column(BigId, ForeignKey("nightly_files.id"), index=True)
    line: Mapped[int]
    as_of_on: Mapped[date]
    paid: Mapped[int]
    # What the file says, as it says it: kept beside our own figures, never corrected by them.
    overdue_since_on: Mapped[date | None]
    days_past_due: Mapped[int]
    left_fen: Mapped[Fen]
    overdue_principal_fen: Mapped[Fen]
    interest_fen: Mapped[Fen]
    penalty_fen: Mapped[Fen]
    fee_fen: Mapped[Fen]
    # In fen without zeros; what is negative lowers what the borrower is shown.
    differences: Mapped[dict[str, int]] = mapped_column(JSON)
    # Columns of the file that we do not know, as JSON: kept, so that nothing a lender sends is
    # lost, and sealed, since anything may stand in them.
    extra_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    extra_hmac: Mapped[str] = mapped_column(String(64), default="")
    key_version: Mapped[int] = mapped_column(default=0)
    # A corrected file of the same day replaces the figures of that day; older days stay.
    __table_args__ = (UniqueConstraint("loan_id", "as_of_on"),)
