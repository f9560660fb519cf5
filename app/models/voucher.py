"""Papers of an instant with a check code: receipts, holds on contact, quotes; and their PDFs."""

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, Code, Digest, Instant, Key, PublicId

PREFIXES = {"receipt": "SJ", "hold": "ZH", "quote": "BJ"}
LEAST_DIGITS = 5


class Voucher(Base):
    """What was so on an instant, of a payment, a hold or a pay-off; never changed. Whether it still
    is follows from the facts, so nothing of that is stored.
    """

    __tablename__ = "vouchers"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    # receipt, hold or quote.
    kind: Mapped[Code]
    # Whose it is follows from what it is about: two records of one person may become one.
    plan_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("plans.id"), index=True)
    match_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("matches.id"), index=True)
    hold_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("holds.id"), index=True)
    # Random and on paper only.
    check_code: Mapped[str] = mapped_column(String(24), unique=True)
    # The values its page and its PDF are made of, and their hash.
    text: Mapped[dict[str, Any]] = mapped_column(JSON)
    text_sha256: Mapped[Digest]
    # Of what it is about and says, without the day: asked for again, the same paper is given.
    facts_sha256: Mapped[Digest] = mapped_column(unique=True)
    issued_at: Mapped[Instant]
    __table_args__ = (
        CheckConstraint(
            "(kind = 'receipt') = (match_id IS NOT NULL)"
            " AND (kind = 'hold') = (hold_id IS NOT NULL)"
            " AND (kind = 'quote') = (plan_id IS NOT NULL)",
            name="about_one_thing",
        ),
    )

    @property
    def number(self) -> str:
        """Return the number printed on it: SJ-00318."""
        return f"{PREFIXES[self.kind]}-{self.id:0{LEAST_DIGITS}d}"


class VoucherFile(Base):
    """Where the sealed PDF of a voucher lies: made when it is first asked for, and kept."""

    __tablename__ = "voucher_files"
    voucher_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("vouchers.id"), primary_key=True, autoincrement=False
    )
    # In the storage: a random name, a dot and the SHA-256 of the PDF.
    folder: Mapped[str] = mapped_column(String(96), unique=True)
    sha256: Mapped[Digest]
    size: Mapped[int]
    sealed_at: Mapped[Instant]
    # What the authority told, not our clock.
    stamped_at: Mapped[Instant]
