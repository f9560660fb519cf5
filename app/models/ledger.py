"""The ledger of signed plans: journals and their entries, only ever appended (ADR 0077)."""

from datetime import date

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
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
    MaybeInstant,
)

# A condition of a partial index; it has to read the same on both databases.
CREDITS = text("kind IN ('credit', 'refund')")


class Journal(Base):
    """Entries of one plan that belong together and sum to zero, for one cause and one day.

    Whoever reads leaves out what is not sealed; a trigger refuses every other change and, once
    sealed, every further entry.
    """

    __tablename__ = "journals"
    id: Mapped[Key]
    plan_id: Mapped[int] = mapped_column(BigId, ForeignKey("plans.id"))
    # Given out under the plan's row lock and without gaps.
    seq: Mapped[int]
    kind: Mapped[Code]
    # From which day on it counts; and in which month, by its first day, it was posted.
    value_on: Mapped[date]
    period_on: Mapped[date]
    posted_at: Mapped[Instant]
    actor: Mapped[str] = mapped_column(String(64))
    # What it is there for, the same in whatever order facts were posted. What takes a journal back
    # and what takes its place are further generations of its cause.
    cause_kind: Mapped[Code]
    cause_id: Mapped[str] = mapped_column(String(140))
    generation: Mapped[int]
    # From the line of a bank file to what follows from it.
    correlation_id: Mapped[str | None] = mapped_column(String(64))
    reverses_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("journals.id"), unique=True)
    # Of kind, day, cause and entries; and of that, what stands above and the plan's last one.
    content_sha256: Mapped[Digest]
    row_hash: Mapped[Digest]
    sealed_at: Mapped[MaybeInstant]
    __table_args__ = (
        UniqueConstraint("plan_id", "seq"),
        UniqueConstraint("plan_id", "cause_kind", "cause_id", "generation"),
        CheckConstraint("seq > 0 AND generation > 0", name="counted"),
        # What was posted in a month, for closing it.
        Index("ix_journals_period_on", "period_on"),
        Index("ix_journals_credit", "plan_id", sqlite_where=CREDITS, postgresql_where=CREDITS),
    )


class LedgerEntry(Base):
    """One line of a journal: what of which account, and of which loan, component and instalment;
    in what is laid, of which payment. A debit is positive.
    """

    __tablename__ = "entries"
    journal_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("journals.id"), primary_key=True, autoincrement=False
    )
    place: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    account: Mapped[Code]
    loan_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("loans.id"))
    component: Mapped[Code | None] = mapped_column(String(40))
    # An instalment's; empty for what is in none.
    number: Mapped[int | None]
    # As the plan's account numbers it.
    payment: Mapped[str | None] = mapped_column(String(128))
    fen: Mapped[Fen]
    __table_args__ = (CheckConstraint("fen <> 0", name="fen_not_zero"),)
