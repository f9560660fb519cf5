"""What lists are added up, counted and ordered by: kept by triggers in the transaction of what they
tell of, appended as differences, proved by the invariants (ADR 0062). Nothing else writes here.
"""

from datetime import date

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, Code, Fen, Key, MaybeInstant

# Between the products of an agreement's loans, before the first and behind the last.
MARK = "\x1f"
# What the register is filtered by and adds up, what the desk counts by.
FILTERED = ("signed_on", "state", "kind", "products")
SUMMED = (
    "instalments",
    "fee_fen",
    "penalty_fen",
    "interest_fen",
    "principal_fen",
    "waived_fen",
)
COUNTED = (
    "state",
    "waits_for",
    "owner_staff_id",
    "is_handed_up",
    "is_faulty",
    "is_changed",
    "answer_by_on",
    "valid_on",
)
OURS = text("is_ours")
OURS_HANDED_UP = text("is_ours AND is_handed_up")
OURS_APPEALED = text("is_ours AND state = 'under_appeal'")
FAULTY = text("is_faulty")
CHANGED = text("is_changed")


class _Filtered:
    """What the register is filtered by, and what it adds up; fen, waived beside what is planned.

    `instalments` counts payments, loan by loan; `interest_fen` has the plan's own and the old.
    """

    signed_on: Mapped[date]
    state: Mapped[Code]
    kind: Mapped[Code]
    products: Mapped[str] = mapped_column(Text)
    instalments: Mapped[int]
    fee_fen: Mapped[Fen]
    penalty_fen: Mapped[Fen]
    interest_fen: Mapped[Fen]
    principal_fen: Mapped[Fen]
    waived_fen: Mapped[Fen]


class AgreementSum(_Filtered, Base):
    """What one agreement comes to; its day is Beijing's, its state that of its plan."""

    __tablename__ = "agreement_sums"
    agreement_id: Mapped[int] = mapped_column(
        BigId,
        ForeignKey("agreements.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )


class RegisterSum(_Filtered, Base):
    """A difference to what the register comes to: without a month, and once more for each month in
    which a payment of the agreement falls due.
    """

    __tablename__ = "register_sums"
    id: Mapped[Key]
    due_month: Mapped[date | None]
    count: Mapped[int]
    __table_args__ = (Index("ix_register_sums_due_month_signed_on", "due_month", "signed_on"),)


class _Counted:
    """What the desk counts by; `valid_on` is the last day of an offer in Beijing."""

    state: Mapped[Code]
    waits_for: Mapped[Code]
    owner_staff_id: Mapped[int | None] = mapped_column(BigId)
    is_handed_up: Mapped[bool]
    # No document could be made of what is approved.
    is_faulty: Mapped[bool]
    # A file changed what is owed under what is approved.
    is_changed: Mapped[bool]
    answer_by_on: Mapped[date | None]
    valid_on: Mapped[date | None]


class QueuePlace(_Counted, Base):
    """The place of a plan with an open version in the desk's queue: what its lists are ordered by.

    `due_on` is the day promised, also where no clock runs any more.
    """

    __tablename__ = "queue_places"
    plan_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("plans.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    version_id: Mapped[int] = mapped_column(BigId, unique=True)
    is_ours: Mapped[bool]
    due_on: Mapped[date | None]
    submitted_at: Mapped[MaybeInstant]
    valid_until_at: Mapped[MaybeInstant]
    __table_args__ = (
        *(
            Index(
                f"ix_queue_places_{name}",
                *columns,
                "submitted_at",
                "version_id",
                sqlite_where=condition,
                postgresql_where=condition,
            )
            for name, columns, condition in (
                ("ours", ("due_on",), OURS),
                ("owner", ("owner_staff_id", "due_on"), OURS),
                ("handed_up", ("due_on",), OURS_HANDED_UP),
                ("appeals", ("due_on",), OURS_APPEALED),
                ("faulty", ("valid_until_at",), FAULTY),
                ("changed", ("valid_until_at",), CHANGED),
                ("waits_for", ("waits_for",), None),
            )
        ),
    )


class QueueCount(_Counted, Base):
    """A difference to how much waits at the desk."""

    __tablename__ = "queue_counts"
    id: Mapped[Key]
    count: Mapped[int]
