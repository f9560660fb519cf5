"""Versioned policy, reason codes and the working-day calendar: law and numbers as rows."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Code, Instant, Key, MaybeInstant, PublicId

ACTIVE, OPEN = text("is_active"), text("is_open")


class PolicyVersion(Base):
    """All numbers the rules use; from its day on a version is in force until the next one's."""

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
    # The first day in Beijing of a version made at the desk; what a release brought has none and
    # comes before all that has (ADR 0049).
    from_on: Mapped[date | None]
    # With a partial unique index: at most one version is marked as in force at any instant. The job
    # moves the mark; a session that knows its day goes by the days.
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


class PolicyDraft(Base):
    """A version of the policy in the making; at most one is open. Once activated it is a version.

    `edition` counts its changes: who activates it says which one was read.
    """

    __tablename__ = "policy_drafts"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    # What it is called, and what it was made from.
    version: Mapped[str] = mapped_column(String(40), unique=True)
    base_version: Mapped[str] = mapped_column(String(40))
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    edition: Mapped[int] = mapped_column(default=1)
    state: Mapped[Code]
    # Stored beside the state it follows from, because only a stored column can carry the unique
    # index that lets no second one be open.
    is_open: Mapped[bool]
    from_on: Mapped[date | None]
    # The person beside the account, so that a second account is no way round (V2.3.5).
    made_by: Mapped[str] = mapped_column(String(64))
    made_person: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[Instant]
    changed_at: Mapped[Instant]
    ended_by: Mapped[str | None] = mapped_column(String(64))
    ended_at: Mapped[MaybeInstant]
    activated_person: Mapped[str | None] = mapped_column(String(64))
    __table_args__ = (
        CheckConstraint(
            "activated_person IS NULL OR activated_person <> made_person",
            name="maker_is_not_checker",
        ),
        CheckConstraint(
            "(state = 'activated') = (activated_person IS NOT NULL)", name="activated_by_someone"
        ),
        CheckConstraint("is_open = (state IN ('open', 'handed'))", name="open_follows_state"),
        Index(
            "uq_policy_drafts_open",
            "is_open",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
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
