"""Money that arrived: files of repayments, payments as facts, whose they are, what people did."""

from datetime import date
from typing import Any

from sqlalchemy import (
    JSON,
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

from app.models.base import Base, BigId, Code, Digest, Fen, Instant, Key, MaybeInstant, PublicId

# Conditions of partial indexes; they have to read the same on both databases.
UNMATCHED = text("state = 'unmatched'")
KNOWN_PAYER = text("payer_hmac <> ''")
TAKES_BACK = text("reverses_id IS NOT NULL")
IS_REVERSAL = text("reverses_id IS NOT NULL AND state = 'matched'")


class StatementFile(Base):
    """One file of repayments received: what it covers, and what became of its lines."""

    __tablename__ = "statement_files"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[Digest]
    # stored, or refused whole: then it covers nothing.
    state: Mapped[Code]
    reason: Mapped[str | None] = mapped_column(Text)
    # Money up to the end of this day is in it or in one before; empty where nobody could tell.
    covers_until_on: Mapped[date | None] = mapped_column(index=True)
    rows: Mapped[int]
    posted: Mapped[int]
    duplicates: Mapped[int]
    unmatched: Mapped[int]
    rejected: Mapped[int]
    total_fen: Mapped[Fen]
    received_at: Mapped[Instant]
    # An actor as the audit trail names it.
    received_by: Mapped[str] = mapped_column(String(64))


class StatementFault(Base):
    """One rejected line: the first fault in column order. Never holds personal data."""

    __tablename__ = "statement_faults"
    id: Mapped[Key]
    file_id: Mapped[int] = mapped_column(BigId, ForeignKey("statement_files.id"))
    line: Mapped[int]
    field: Mapped[str] = mapped_column(String(40))
    code: Mapped[Code]
    message: Mapped[str] = mapped_column(Text)
    __table_args__ = (UniqueConstraint("file_id", "line"),)


class Payment(Base):
    """Money that came, or was taken back where `reverses_id` names what; a fact with three dates.

    Only `state`, `reason` and who sees to it ever change; a trigger holds to that.
    """

    __tablename__ = "payments"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    # The 流水号 within its 渠道: the same line again is known by it.
    channel: Mapped[str] = mapped_column(String(32))
    channel_ref: Mapped[str] = mapped_column(String(64))
    file_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("statement_files.id"), index=True)
    line: Mapped[int | None]
    paid_on: Mapped[date]
    arrived_on: Mapped[date] = mapped_column(index=True)
    posted_at: Mapped[Instant] = mapped_column(index=True)
    # Above zero, of a reversal too.
    fen: Mapped[Fen]
    loan_ref: Mapped[str] = mapped_column(String(40))
    # What a bank wrote: personal data, sealed as one value; found again by keyed hashes of the
    # payer's name with the end of the account.
    words_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    payer_hmac: Mapped[str] = mapped_column(String(64), default="")
    account_hmac: Mapped[str] = mapped_column(String(64), default="")
    key_version: Mapped[int]
    reverses_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("payments.id"))
    # The 流水号 that a reversal names, also where no payment of ours bears it.
    reverses_ref: Mapped[str] = mapped_column(String(64), default="")
    # matched, unmatched (a person has to say), returned.
    state: Mapped[Code]
    # Why it is left to a person; empty once it is matched by a rule.
    reason: Mapped[str] = mapped_column(String(40), default="")
    owner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    owned_at: Mapped[MaybeInstant]
    __table_args__ = (
        UniqueConstraint("channel", "channel_ref"),
        Index(
            "ix_payments_unmatched",
            "arrived_on",
            "id",
            sqlite_where=UNMATCHED,
            postgresql_where=UNMATCHED,
        ),
        Index(
            "ix_payments_account_hmac",
            "account_hmac",
            sqlite_where=KNOWN_PAYER,
            postgresql_where=KNOWN_PAYER,
        ),
        Index(
            "ix_payments_reverses_id",
            "reverses_id",
            sqlite_where=TAKES_BACK,
            postgresql_where=TAKES_BACK,
        ),
        # A payment is taken back once.
        Index(
            "uq_payments_reverses_id",
            "reverses_id",
            unique=True,
            sqlite_where=IS_REVERSAL,
            postgresql_where=IS_REVERSAL,
        ),
        CheckConstraint("fen > 0", name="fen_positive"),
        CheckConstraint("paid_on <= arrived_on", name="paid_before_arrival"),
    )


class Match(Base):
    """What of a payment is whose: one plan or one loan, by a rule or a person, with its reasons.

    An undone match stays and counts as taken back from that instant; of a payment the sum of those
    that stand is nothing or the whole.
    """

    __tablename__ = "matches"
    id: Mapped[Key]
    payment_id: Mapped[int] = mapped_column(BigId, ForeignKey("payments.id"))
    # Counts the matches a payment has ever had.
    number: Mapped[int]
    plan_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("plans.id"))
    loan_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("loans.id"))
    fen: Mapped[Fen]
    # Which rule, or `person`.
    rule: Mapped[Code]
    # What speaks for it: code, what was seen, fen. Never personal data.
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    actor: Mapped[str] = mapped_column(String(64))
    at: Mapped[Instant]
    undone_at: Mapped[MaybeInstant]
    undone_by: Mapped[str | None] = mapped_column(String(64))
    __table_args__ = (
        UniqueConstraint("payment_id", "number"),
        Index("ix_matches_plan_id", "plan_id"),
        Index("ix_matches_loan_id", "loan_id"),
        CheckConstraint("fen > 0", name="fen_positive"),
        CheckConstraint("(plan_id IS NULL) <> (loan_id IS NULL)", name="one_end"),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone_by_someone"),
    )


class PaymentAct(Base):
    """What a person did with a payment, and why: matched, undone, returned, taken or let go."""

    __tablename__ = "payment_acts"
    id: Mapped[Key]
    payment_id: Mapped[int] = mapped_column(BigId, ForeignKey("payments.id"), index=True)
    act: Mapped[Code]
    words: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(String(64))
    request_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    at: Mapped[Instant]
