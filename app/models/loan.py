"""Loans: the contract's terms, and the marks that send a plan on it to a person."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    case,
    func,
    select,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, column_property, mapped_column

from app.models.base import Base, BigId, Code, Fen, Key, PublicId
from app.models.nightly import NightlyFile

REF_END_CHARS = 6
# What each row of a nightly file writes of a contract, and how it stands to our figures.
LOAN_TERMS = (
    "customer_no",
    "contract_no",
    "product",
    "method",
    "principal_fen",
    "annual_ppm",
    "uplift_ppm",
    "day_basis",
    "periods",
    "paid",
    "start_on",
    "due_day",
    "last_due_on",
    "difference",
    "over_ceiling",
    "remark_enc",
    "remark_hmac",
)


def end_of(row: Mapping[str, Any]) -> str:
    """Return the last characters of the reference in a row that is stored."""
    return str(row["ref"])[-REF_END_CHARS:]


class Loan(Base):
    """One contract. Its latest file figures are the snapshot of the same `as_of_on`."""

    __tablename__ = "loans"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    # The key by which nightly files speak of the loan; found by its start too, so it is sorted by
    # characters on both databases.
    ref: Mapped[str] = mapped_column(
        String(40).with_variant(String(40, collation="C"), "postgresql"), unique=True
    )
    # Its last characters, for people read it from there; a column, since SQLite drops an index on
    # an expression when it rebuilds the table.
    ref_end: Mapped[str] = mapped_column(
        String(REF_END_CHARS), index=True, default=lambda row: end_of(row.get_current_parameters())
    )
    # The lender's number for the customer, as the loan's own row has it; a person may have several.
    customer_no: Mapped[str] = mapped_column(String(40), index=True)
    # Found by its start as the reference is.
    contract_no: Mapped[str] = mapped_column(
        String(40).with_variant(String(40, collation="C"), "postgresql"), index=True
    )
    borrower_id: Mapped[int] = mapped_column(BigId, ForeignKey("borrowers.id"), index=True)
    kind: Mapped[Code] = mapped_column(default="loan")
    product: Mapped[str] = mapped_column(String(80))
    method: Mapped[Code]
    principal_fen: Mapped[Fen]
    # Millionths a year: a rate of four decimals in percent is a whole number.
    annual_ppm: Mapped[int]
    uplift_ppm: Mapped[int]
    day_basis: Mapped[int]
    periods: Mapped[int]
    # How many instalments are paid: a file tells this count and no payments.
    paid: Mapped[int]
    start_on: Mapped[date]
    # The contract's day of month, kept beside dates that a short month has clipped.
    due_day: Mapped[int]
    interest_only: Mapped[int] = mapped_column(default=0)
    principal_first_after_90d: Mapped[bool] = mapped_column(default=False)
    # Where the limitation period of the whole debt begins (M-15).
    last_due_on: Mapped[date]
    # Of which day its figures are, where that is not the day of the newest file. Most loans are in
    # each file, and none of them is written only to say of which day that was (ADR 0064).
    own_as_of_on: Mapped[date] = mapped_column("as_of_on")
    is_in_book: Mapped[bool] = mapped_column(default=False)
    book_on: Mapped[date | None] = column_property(
        select(func.max(NightlyFile.as_of_on))
        .where(NightlyFile.state == "applied")
        .scalar_subquery()
    )
    # Marked and never deleted: a later file may bring the loan back.
    missing_since_on: Mapped[date | None]
    # Marks send a plan to a person and refuse nothing (I-06).
    difference: Mapped[bool] = mapped_column(default=False)
    over_ceiling: Mapped[bool] = mapped_column(default=False)
    # Read everywhere and set by nothing yet, like legal_review and principal_first_after_90d.
    disputed: Mapped[bool] = mapped_column(default=False)
    legal_review: Mapped[bool] = mapped_column(default=False)
    # Anyone's name or number may stand in it: sealed, with a keyed hash to tell whether it changed.
    remark_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    remark_hmac: Mapped[str] = mapped_column(String(64), default="")
    key_version: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        CheckConstraint("principal_fen > 0", name="principal_positive"),
        CheckConstraint("paid >= 0 AND paid <= periods", name="paid_within_periods"),
        CheckConstraint("day_basis IN (360, 365)", name="day_basis_known"),
        Index(
            "ix_loans_as_of_on",
            "as_of_on",
            sqlite_where=text("NOT is_in_book"),
            postgresql_where=text("NOT is_in_book"),
        ),
    )

    @hybrid_property
    def as_of_on(self) -> date:
        """Of which day its figures are: of the newest file, or of the last one that had it."""
        return self.book_on if self.is_in_book and self.book_on else self.own_as_of_on

    @as_of_on.inplace.setter
    def _set_as_of_on(self, day: date) -> None:
        self.own_as_of_on, self.is_in_book = day, False

    @as_of_on.inplace.expression
    @classmethod
    def _as_of_on(cls) -> ColumnElement[date]:
        return case((cls.is_in_book, cls.book_on), else_=cls.own_as_of_on)

    @as_of_on.inplace.update_expression
    @classmethod
    def _update_as_of_on(cls, day: Any) -> list[tuple[Any, Any]]:
        return [(cls.own_as_of_on, day), (cls.is_in_book, False)]
