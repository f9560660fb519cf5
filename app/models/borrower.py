"""Borrowers: personal data encrypted, with keyed hashes beside it for look-up."""

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, Code, Digest, Instant, Key, MaybeInstant, PublicId

# What is sealed of a person, with the keyed hashes beside it and the key's version.
NAME = ("name_enc", "name_hmac")
MOBILE = ("mobile_enc", "mobile_hmac", "mobile_last4_hmac")
SEALED = (*NAME, *MOBILE, "id_enc", "id_hmac", "id_last4_hmac", "key_version")


class Borrower(Base):
    """One person who borrowed from the lender, by the number of their ID; several may share a
    mobile.
    """

    __tablename__ = "borrowers"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    # The lender's first number for the person. Loans have the number they came with, for one person
    # may have several; one number never means two people.
    customer_no: Mapped[str] = mapped_column(String(40), unique=True)
    name_enc: Mapped[bytes] = mapped_column(LargeBinary)
    # Beside each sealed value a keyed hash: look-up and "has it changed" need no key that opens
    # anything.
    name_hmac: Mapped[str] = mapped_column(String(64), index=True)
    mobile_enc: Mapped[bytes] = mapped_column(LargeBinary)
    # Not unique: couples and families share a number, and sign-in asks for the last four of the ID
    # then.
    mobile_hmac: Mapped[str] = mapped_column(String(64), index=True)
    mobile_last4_hmac: Mapped[str] = mapped_column(String(64), index=True)
    # A mobile that was changed at the desk stands over the nightly file until the file brings it.
    mobile_stands: Mapped[bool] = mapped_column(default=False)
    id_enc: Mapped[bytes] = mapped_column(LargeBinary)
    id_hmac: Mapped[str] = mapped_column(String(64), index=True)
    # Four characters are guessed at once without a key; the key is why a hash of them is worth
    # keeping.
    id_last4_hmac: Mapped[str] = mapped_column(String(64), index=True)
    # Which key sealed the row, for the day the keys are renewed.
    key_version: Mapped[int]
    language: Mapped[str] = mapped_column(String(16), default="zh-Hans")
    size_mode: Mapped[str] = mapped_column(String(16), default="normal")
    # A file brought two mobiles or names and none was stored: which is right a person decides.
    is_contested: Mapped[bool] = mapped_column(default=False)


class ContestedValue(Base):
    """One of several mobiles or names of a borrower, until a person has decided; sealed like the
    borrower's own.
    """

    __tablename__ = "contested_values"
    id: Mapped[Key]
    borrower_id: Mapped[int] = mapped_column(BigId, ForeignKey("borrowers.id"))
    # mobile or name
    field: Mapped[Code]
    value_enc: Mapped[bytes] = mapped_column(LargeBinary)
    value_hmac: Mapped[str] = mapped_column(String(64), index=True)
    # Of a mobile only.
    last4_hmac: Mapped[str | None] = mapped_column(String(64))
    __table_args__ = (UniqueConstraint("borrower_id", "field", "value_hmac"),)


class FormerBorrower(Base):
    """A row that turned out to be of a person with an older one, and was folded into it: as it was.

    What was written under its public id (the audit trail, messages) stays the person's.
    """

    __tablename__ = "former_borrowers"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    borrower_id: Mapped[int] = mapped_column(BigId, ForeignKey("borrowers.id"), index=True)
    customer_no: Mapped[str] = mapped_column(String(40))
    name_enc: Mapped[bytes] = mapped_column(LargeBinary)
    name_hmac: Mapped[Digest]
    mobile_enc: Mapped[bytes] = mapped_column(LargeBinary)
    mobile_hmac: Mapped[Digest]
    mobile_last4_hmac: Mapped[Digest]
    id_enc: Mapped[bytes] = mapped_column(LargeBinary)
    id_hmac: Mapped[Digest]
    id_last4_hmac: Mapped[Digest]
    key_version: Mapped[int]
    language: Mapped[str] = mapped_column(String(16))
    size_mode: Mapped[str] = mapped_column(String(16))
    mobile_stands: Mapped[bool]


class FormerBorrowerRow(Base):
    """A row that was moved when its borrower was folded into another."""

    __tablename__ = "former_borrower_rows"
    id: Mapped[Key]
    former_id: Mapped[int] = mapped_column(BigId, ForeignKey("former_borrowers.id"), index=True)
    table_name: Mapped[str] = mapped_column(String(40))
    row_id: Mapped[int] = mapped_column(BigId)


class Consent(Base):
    """What a borrower agreed to: which document, which text, when, and when withdrawn."""

    __tablename__ = "consents"
    id: Mapped[Key]
    borrower_id: Mapped[int] = mapped_column(BigId, ForeignKey("borrowers.id"), index=True)
    document: Mapped[Code]
    # Version and hash both: what was agreed to can be shown again word for word (I-01, I-08).
    version: Mapped[Code]
    sha256: Mapped[Digest]
    given_at: Mapped[Instant]
    # The row stays after a withdrawal, as the proof that there was a consent until then.
    withdrawn_at: Mapped[MaybeInstant]
    from_where: Mapped[str] = mapped_column(String(64))
