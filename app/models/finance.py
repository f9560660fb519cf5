"""What finance looks at by day and month: dues as of an instant, months that are closed."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, Code, Digest, Fen, Instant, Key, MaybeInstant

# What of dues is summed, in the order of their columns.
DUES_SUMMED = ("due_fen", "received_fen", "promised_fen", "earned_fen", "lapsed_fen")


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
