"""What finance looks at by day and month: dues as of an instant, closed months, what the file says
otherwise than the ledger.
"""

from datetime import date
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, Code, Digest, Fen, Instant, Key, MaybeInstant

# What of dues is summed, in the order of their columns.
DUES_SUMMED = ("due_fen", "received_fen", "promised_fen", "earned_fen", "lapsed_fen")

# A condition of a partial index; it has to read the same on both databases.
IS_OPEN = text("open_fen <> 0")


class DuesLine(Base):
    """What one plan asks on a day for loans of a product, and what of it came; waivers on the day
    on which they were promised, earned or lost.
    """

    __tablename__ = "dues_lines"
    plan_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("plans.id"), primary_key=True, autoincrement=False
    )
    due_on: Mapped[date] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(String(80), primary_key=True)
    due_fen: Mapped[Fen]
    received_fen: Mapped[Fen]
    promised_fen: Mapped[Fen]
    earned_fen: Mapped[Fen]
    lapsed_fen: Mapped[Fen]


class DuesDay(Base):
    """The same of all plans together."""

    __tablename__ = "dues_days"
    due_on: Mapped[date] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(String(80), primary_key=True)
    due_fen: Mapped[Fen]
    received_fen: Mapped[Fen]
    promised_fen: Mapped[Fen]
    earned_fen: Mapped[Fen]
    lapsed_fen: Mapped[Fen]


class DuesPass(Base):
    """One pass of the job that keeps dues: what was posted after which rows it looks for, up to
    which plan it came. Once it ended dues are as of the instant it began.
    """

    __tablename__ = "dues_passes"
    id: Mapped[Key]
    began_at: Mapped[Instant]
    after_journal_id: Mapped[int] = mapped_column(BigId)
    after_change_id: Mapped[int] = mapped_column(BigId)
    after_plan_id: Mapped[int] = mapped_column(BigId)
    plans: Mapped[int]
    ended_at: Mapped[MaybeInstant]


class MonthClose(Base):
    """A month of posting that one person froze, with what it came to, and another closed."""

    __tablename__ = "month_closes"
    id: Mapped[Key]
    # Its first day.
    month_on: Mapped[date] = mapped_column(unique=True)
    # frozen, closed.
    state: Mapped[Code]
    frozen_at: Mapped[Instant]
    frozen_by: Mapped[str] = mapped_column(String(64))
    frozen_person: Mapped[str] = mapped_column(String(64))
    journals: Mapped[int]
    moves: Mapped[int]
    # Over every journal and move that was posted in it.
    content_sha256: Mapped[Digest]
    # Fen by account and channel at its end, a debit positive: where the next month begins.
    balances: Mapped[dict[str, Any]] = mapped_column(JSON)
    # The CSV as it was handed to both people.
    report: Mapped[str] = mapped_column(Text)
    report_sha256: Mapped[Digest]
    closed_at: Mapped[MaybeInstant]
    closed_by: Mapped[str | None] = mapped_column(String(64))
    closed_person: Mapped[str | None] = mapped_column(String(64))
    __table_args__ = (
        CheckConstraint(
            "closed_person IS NULL OR closed_person <> frozen_person", name="two_persons"
        ),
    )


class DifferenceDay(Base):
    """How far the ledger was held against the nightly file of a day, and what that came to."""

    __tablename__ = "difference_days"
    as_of_on: Mapped[date] = mapped_column(primary_key=True)
    began_at: Mapped[Instant]
    after_plan_id: Mapped[int] = mapped_column(BigId)
    plans: Mapped[int]
    loans: Mapped[int]
    # Fen by component: ledger, file, open, and what each rule explains.
    sums: Mapped[dict[str, Any]] = mapped_column(JSON)
    ended_at: Mapped[MaybeInstant]


class FileDifference(Base):
    """What the file of a day says of a component of a loan otherwise than the ledger: explained by
    rules, the rest open, with who sees to it and what they found.
    """

    __tablename__ = "differences"
    id: Mapped[Key]
    as_of_on: Mapped[date]
    loan_id: Mapped[int] = mapped_column(BigId, ForeignKey("loans.id"), index=True)
    component: Mapped[Code]
    ledger_fen: Mapped[Fen]
    file_fen: Mapped[Fen]
    # Fen by rule; with what is open they are file less ledger.
    explained: Mapped[dict[str, Any]] = mapped_column(JSON)
    open_fen: Mapped[Fen]
    # Since the file of which day so much is open.
    since_on: Mapped[date]
    owner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    owned_at: Mapped[MaybeInstant]
    words: Mapped[str] = mapped_column(Text, default="")
    __table_args__ = (
        UniqueConstraint("as_of_on", "loan_id", "component"),
        Index(
            "ix_differences_open",
            "as_of_on",
            "since_on",
            "id",
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        ),
    )
