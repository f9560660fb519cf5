"""The house's side of money: moves between its accounts; and refunds (ADR 0085)."""

from datetime import date

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, Code, Fen, Instant, Key, MaybeInstant, PublicId

# A condition of partial indexes; it has to read the same on both databases.
IS_OPEN = text("state IN ('named', 'asked')")


class HouseMove(Base):
    """A journal of two lines, from one account of the house to another; written by triggers in the
    transaction of the fact that asks for it, never changed.
    """

    __tablename__ = "house_moves"
    id: Mapped[Key]
    # arrived, matched, undone, returned, kept, refunded, bounced; and which row of it.
    cause: Mapped[Code]
    cause_id: Mapped[int] = mapped_column(BigId)
    payment_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("payments.id"), index=True)
    channel: Mapped[str] = mapped_column(String(32))
    # clearing (what lies at the channel), unmatched, refund_payable, bank (to and from plans, as
    # their receipts name it), transfer_out (to loans whose book is the core's).
    debit: Mapped[Code]
    credit: Mapped[Code]
    # Below zero where money is taken away again.
    fen: Mapped[Fen]
    value_on: Mapped[date]
    period_on: Mapped[date] = mapped_column(index=True)
    posted_at: Mapped[Instant]
    actor: Mapped[str] = mapped_column(String(64))
    # The public id of the payment, or of the refund.
    correlation_id: Mapped[str] = mapped_column(String(64))
    reverses_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("house_moves.id"), unique=True
    )
    __table_args__ = (
        UniqueConstraint("cause", "cause_id"),
        CheckConstraint("fen <> 0", name="fen_not_zero"),
        CheckConstraint("debit <> credit", name="between_two"),
    )


class Refund(Base):
    """Money that goes back: a plan's credit, or a payment that is nobody's. One person asks for it,
    another pays it out; what was paid may come back.
    """

    __tablename__ = "refunds"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    plan_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("plans.id"), index=True)
    payment_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("payments.id"), index=True)
    fen: Mapped[Fen]
    # named (where to), asked, paid, bounced, dropped (another account was named).
    state: Mapped[Code]
    # Holder, account and bank as one sealed value.
    account_enc: Mapped[bytes] = mapped_column(LargeBinary)
    key_version: Mapped[int]
    # Whether the account is in the borrower's own name.
    is_own: Mapped[bool]
    named_at: Mapped[Instant]
    named_by: Mapped[str] = mapped_column(String(64))
    # Why it may go to another's account, or goes at all.
    words: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[MaybeInstant]
    asked_by: Mapped[str | None] = mapped_column(String(64))
    asked_person: Mapped[str | None] = mapped_column(String(64))
    # bank, or channel: back the way it came.
    way: Mapped[str | None] = mapped_column(String(40))
    channel: Mapped[str | None] = mapped_column(String(32))
    channel_ref: Mapped[str | None] = mapped_column(String(64))
    paid_on: Mapped[date | None]
    paid_at: Mapped[MaybeInstant]
    paid_by: Mapped[str | None] = mapped_column(String(64))
    paid_person: Mapped[str | None] = mapped_column(String(64))
    bounced_on: Mapped[date | None]
    bounced_at: Mapped[MaybeInstant]
    bounced_by: Mapped[str | None] = mapped_column(String(64))
    bounce_words: Mapped[str] = mapped_column(Text, default="")
    __table_args__ = (
        UniqueConstraint("channel", "channel_ref"),
        Index("ix_refunds_open", "state", "id", sqlite_where=IS_OPEN, postgresql_where=IS_OPEN),
        *(
            Index(
                f"uq_refunds_open_{name}",
                name,
                unique=True,
                sqlite_where=IS_OPEN,
                postgresql_where=IS_OPEN,
            )
            for name in ("plan_id", "payment_id")
        ),
        CheckConstraint("fen > 0", name="fen_positive"),
        CheckConstraint("(plan_id IS NULL) <> (payment_id IS NULL)", name="one_source"),
        CheckConstraint("paid_person IS NULL OR paid_person <> asked_person", name="two_persons"),
    )
