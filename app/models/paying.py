"""Money that we collect by a channel: orders, what channels told of them, money sent back."""

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

from app.models.base import Base, BigId, Code, Fen, Instant, Key, MaybeInstant, PublicId

# Conditions of partial indexes; they have to read the same on both databases.
IS_WAITING = text("state = 'waiting'")
IS_STORED = text("state = 'stored'")
IS_ANSWER = text("kind = 'answer'")
IS_UNDER_WAY = text("state IN ('asked', 'sent')")


class PaymentOrder(Base):
    """What a borrower asked us to collect by a channel, for one plan or one loan.

    What is asked never changes, only what becomes of it; a trigger holds to that.
    """

    __tablename__ = "payment_orders"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    # As the channel knows it: digits and letters.
    number: Mapped[str] = mapped_column(String(32), unique=True)
    borrower_id: Mapped[int] = mapped_column(BigId, ForeignKey("borrowers.id"))
    plan_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("plans.id"), index=True)
    loan_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("loans.id"), index=True)
    fen: Mapped[Fen]
    # As what the sum was offered: due, cure, ahead, all, own.
    offered: Mapped[Code]
    # As `payments.channel` has it, and its name in addresses.
    channel: Mapped[str] = mapped_column(String(32))
    provider: Mapped[Code]
    # Where the payer's phone was: browser, wechat, alipay.
    scene: Mapped[Code]
    # waiting, paid, differs (another sum came), closed.
    state: Mapped[Code]
    # Why it is closed: expired, refused (by the channel).
    reason: Mapped[str] = mapped_column(String(40), default="")
    opened_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    # How the payer goes on, as the channel told it, and when.
    handed_at: Mapped[MaybeInstant]
    go_url: Mapped[str] = mapped_column(Text, default="")
    go_script: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # WeChat's id of the payer: personal data, sealed, and gone when the order is over.
    openid_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_version: Mapped[int]
    # When the channel is asked next while nothing is heard.
    ask_at: Mapped[MaybeInstant]
    asked: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[MaybeInstant]
    paid_at: Mapped[MaybeInstant]
    closed_at: Mapped[MaybeInstant]
    request_key: Mapped[str] = mapped_column(String(64))
    __table_args__ = (
        UniqueConstraint("borrower_id", "request_key"),
        Index(
            "ix_payment_orders_waiting",
            "ask_at",
            "id",
            sqlite_where=IS_WAITING,
            postgresql_where=IS_WAITING,
        ),
        CheckConstraint("fen > 0", name="fen_positive"),
        CheckConstraint("(plan_id IS NULL) <> (loan_id IS NULL)", name="one_end"),
        CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid_at_an_instant"),
    )


class OrderPayment(Base):
    """A payment that a channel collected for us, and what it is to an order of ours.

    `answer`: what was asked for, once an order; `again`: paid once more; `differs`: another sum;
    `late`: the order was closed; `foreign`: no order of ours has the number.
    """

    __tablename__ = "order_payments"
    payment_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("payments.id"), primary_key=True, autoincrement=False
    )
    order_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("payment_orders.id"), index=True)
    kind: Mapped[Code]
    # The instant at which the payer's money left, as the channel says.
    paid_at: Mapped[Instant]
    __table_args__ = (
        Index(
            "uq_order_payments_answer",
            "order_id",
            unique=True,
            sqlite_where=IS_ANSWER,
            postgresql_where=IS_ANSWER,
        ),
        CheckConstraint("(order_id IS NULL) = (kind = 'foreign')", name="foreign_without_order"),
    )


class ProviderEvent(Base):
    """What a channel told, stored before anything is done with it; once by its own name for it.

    Only what became of it is ever added; a trigger holds to that.
    """

    __tablename__ = "provider_events"
    id: Mapped[Key]
    provider: Mapped[Code]
    event_id: Mapped[str] = mapped_column(String(128))
    # called (it told by itself), asked (it was asked).
    source: Mapped[Code]
    # payment, refund or statement (a day at the channel, read as a whole).
    kind: Mapped[Code]
    # The telling as it came, sealed; None of what was asked for.
    body_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_version: Mapped[int]
    # What was read of it once its signature was found good: numbers, fen, instants.
    told: Mapped[dict[str, Any]] = mapped_column(JSON)
    received_at: Mapped[Instant]
    # stored, applied, known (told before), nothing (it moves no money), unknown (of no refund).
    state: Mapped[Code]
    applied_at: Mapped[MaybeInstant]
    payment_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("payments.id"), index=True)
    __table_args__ = (
        UniqueConstraint("provider", "event_id"),
        Index(
            "ix_provider_events_stored",
            "id",
            sqlite_where=IS_STORED,
            postgresql_where=IS_STORED,
        ),
    )


class PaymentRefund(Base):
    """Money sent back by the channel that collected it: who asked, how far it is."""

    __tablename__ = "payment_refunds"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    number: Mapped[str] = mapped_column(String(32), unique=True)
    payment_id: Mapped[int] = mapped_column(BigId, ForeignKey("payments.id"), index=True)
    fen: Mapped[Fen]
    # asked, sent, done, failed.
    state: Mapped[Code]
    # The channel's own word for why not; never shown to a borrower.
    reason: Mapped[str] = mapped_column(String(64), default="")
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[Instant]
    sent_at: Mapped[MaybeInstant]
    done_at: Mapped[MaybeInstant]
    channel_ref: Mapped[str] = mapped_column(String(64), default="")
    request_key: Mapped[str] = mapped_column(String(64), unique=True)
    __table_args__ = (
        Index(
            "ix_payment_refunds_under_way",
            "id",
            sqlite_where=IS_UNDER_WAY,
            postgresql_where=IS_UNDER_WAY,
        ),
        CheckConstraint("fen > 0", name="fen_positive"),
    )
