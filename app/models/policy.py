"""Versioned policy, reason codes and the working-day calendar: law and numbers as rows."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Code, Instant, Key, MaybeInstant

ACTIVE = text("is_active")


class PolicyVersion(Base):
    """All numbers the rules use; exactly one version is active."""

    __tablename__ = "policy_versions"
    id: Mapped[Key]
    version: Mapped[str] = mapped_column(String(40), unique=True)
    # One flat record: a new number is a new key with a default, and the release before leaves it
    # aside.
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_by: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[Instant]
    # Another person than who made it: numbers that decide about money have a checker too.
    activated_by: Mapped[str | None] = mapped_column(String(64))
    activated_at: Mapped[MaybeInstant]
    # With a partial unique index: at most one version is in force at any instant.
    is_active: Mapped[bool]
    __table_args__ = (
        CheckConstraint(
            "activated_by IS NULL OR activated_by <> made_by", name="maker_is_not_checker"
        ),
        Index(
            "uq_policy_versions_active",
            "is_active",
            unique=True,
            sqlite_where=ACTIVE,
            postgresql_where=ACTIVE,
        ),
    )


class ReasonCode(Base):
    """Why staff answered as they did, in words a borrower reads."""

    __tablename__ = "reason_codes"
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    answer: Mapped[Code]
    words: Mapped[str] = mapped_column(String(200))
    position: Mapped[int]
    is_active: Mapped[bool]


class CalendarDay(Base):
    """A day that departs from the plain week: a holiday, or a weekend day worked instead."""

    __tablename__ = "calendar_days"
    # Holidays and worked weekends are published a year at a time; a day without a row follows the
    # plain week (U-03).
    day_on: Mapped[date] = mapped_column(primary_key=True)
    is_working: Mapped[bool]
    name: Mapped[str] = mapped_column(String(40))
    # The year whose notice sets it: new year's eve may be off by the next year's.
    notice_year: Mapped[int]


class CalendarYear(Base):
    """A year whose holidays and worked weekends are all known; another has its fixed holidays
    only.
    """

    __tablename__ = "calendar_years"
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    loaded_by: Mapped[str] = mapped_column(String(64))
    loaded_at: Mapped[Instant]
