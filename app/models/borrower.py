"""Borrowers: personal data encrypted, with keyed hashes beside it for look-up."""

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, Code, Digest, Instant, Key, MaybeInstant, PublicId


class Borrower(Base):
    """One customer of the lender; several may share a mobile."""

    __tablename__ = "borrowers"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    customer_no: Mapped[str] = mapped_column(String(40), unique=True)
    name_enc: Mapped[bytes] = mapped_column(LargeBinary)
    name_hmac: Mapped[Digest]
    mobile_enc: Mapped[bytes] = mapped_column(LargeBinary)
    mobile_hmac: Mapped[str] = mapped_column(String(64), index=True)
    mobile_last4_hmac: Mapped[Digest]
    id_enc: Mapped[bytes] = mapped_column(LargeBinary)
    id_hmac: Mapped[str] = mapped_column(String(64), index=True)
    id_last4_hmac: Mapped[Digest]
    key_version: Mapped[int]
    language: Mapped[str] = mapped_column(String(16), default="zh-Hans")
    size_mode: Mapped[str] = mapped_column(String(16), default="normal")


class Consent(Base):
    """What a borrower agreed to: which document, which text, when, and when withdrawn."""

    __tablename__ = "consents"
    id: Mapped[Key]
    borrower_id: Mapped[int] = mapped_column(BigId, ForeignKey("borrowers.id"), index=True)
    document: Mapped[Code]
    version: Mapped[Code]
    sha256: Mapped[Digest]
    given_at: Mapped[Instant]
    withdrawn_at: Mapped[MaybeInstant]
    from_where: Mapped[str] = mapped_column(String(64))
