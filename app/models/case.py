"""Cases: what the desk works on, one a plan."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, Code, Instant, Key, MaybeInstant, PublicId


class Case(Base):
    """A plan at the desk, whichever version of it is looked at: who works on it now, what it waits
    for and since when.

    `answer_by_on` is the day by which our answer is due, where one is; it stands still while the
    case waits for the borrower. `document_fault` says why no document could be made.
    """

    __tablename__ = "cases"
    id: Mapped[Key]
    # One a plan and not one a version: an owner and a clock belong to the matter, whichever version
    # of it is looked at.
    plan_id: Mapped[int] = mapped_column(BigId, ForeignKey("plans.id"), unique=True)
    owner_staff_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    owned_at: Mapped[MaybeInstant]
    # Follows from the version's state and from what was asked, and is stored so that lists of work
    # find it by an index.
    waits_for: Mapped[Code]
    waits_since_at: Mapped[Instant]
    answer_by_on: Mapped[date | None]
    # Set while the case waits for a supervisor's word; who handed it up, and why, is a note.
    handed_up_at: Mapped[MaybeInstant]
    # Since when the figures of a loan are not those that its approved version stands on; set and
    # cleared by a job after each file.
    figures_changed_at: Mapped[MaybeInstant]
    # The characters no font has. It locks nobody out: the borrower may try again at any time
    # (ADR 0018).
    document_fault: Mapped[str | None] = mapped_column(String(200))
    __table_args__ = (
        Index("ix_cases_waits_for_answer_by", "waits_for", "answer_by_on"),
        CheckConstraint(
            "waits_for IN ('us', 'borrower', 'second_person', 'documents', 'nobody')",
            name="waits_for_known",
        ),
        CheckConstraint("(owner_staff_id IS NULL) = (owned_at IS NULL)", name="owned_since"),
    )


class CaseNote(Base):
    """What staff note on a case for each other, sealed; never edited, a trigger holds to that.
    `kind` is note, or handed_up for the summary that came with it.
    """

    __tablename__ = "case_notes"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    case_id: Mapped[int] = mapped_column(BigId, ForeignKey("cases.id"), index=True)
    kind: Mapped[Code]
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    # Often what was said on the phone: personal data like any message.
    words_enc: Mapped[bytes] = mapped_column(LargeBinary)
    key_version: Mapped[int]
    request_key: Mapped[str] = mapped_column(String(64), unique=True)
    at: Mapped[Instant]
