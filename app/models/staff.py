"""Staff accounts, their second factor and browsers, and the roles they held, from when to when."""

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, Code, Digest, Instant, Key, MaybeInstant, PublicId


class Staff(Base):
    """One account; `person_id` is the human, so that a second account is still the same maker."""

    __tablename__ = "staff"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    username: Mapped[str] = mapped_column(String(40), unique=True)
    display_name: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[str] = mapped_column(String(64), index=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    # Sealed; none until the first sign-in, which enrols (ADR 0040).
    totp_secret_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    # The step of the last code used: no code opens two doors.
    totp_used_step: Mapped[int | None] = mapped_column(BigId)
    # Wrong passwords, and wrong codes after a right password, since the last sign-in: told then.
    failed_tries: Mapped[int] = mapped_column(default=0)
    failed_codes: Mapped[int] = mapped_column(default=0)
    # Set by the release before only: nobody is locked out any more, tries wait (ADR 0040).
    locked_until_at: Mapped[MaybeInstant]
    created_at: Mapped[Instant]
    # Accounts are never deleted: decisions and audit entries name them.
    disabled_at: Mapped[MaybeInstant]


class StaffRole(Base):
    """A role held for a time: agent, supervisor, finance, compliance or admin."""

    __tablename__ = "staff_roles"
    id: Mapped[Key]
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    role: Mapped[Code]
    # From when to when, not just whether: who decided must have held the role at that time (I7).
    from_at: Mapped[Instant]
    until_at: Mapped[MaybeInstant]
    __table_args__ = (
        Index("ix_staff_roles_staff", "staff_id", "role"),
        CheckConstraint(
            "role IN ('agent','supervisor','finance','compliance','admin')", name="role_known"
        ),
    )


class RecoveryCode(Base):
    """One code to fall back on where the authenticator is lost: only its keyed hash, one use."""

    __tablename__ = "recovery_codes"
    id: Mapped[Key]
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    code_hmac: Mapped[Digest]
    made_at: Mapped[Instant]
    used_at: Mapped[MaybeInstant]
    __table_args__ = (UniqueConstraint("staff_id", "code_hmac"),)


class StaffDevice(Base):
    """A browser in which a member of staff signed in before: wrong tries elsewhere do not hold it
    up.
    """

    __tablename__ = "staff_devices"
    id: Mapped[Key]
    token_hash: Mapped[Digest]
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"), index=True)
    first_seen_at: Mapped[Instant]
    last_seen_at: Mapped[Instant]
    __table_args__ = (UniqueConstraint("token_hash", "staff_id"),)


class StaffSignIn(Base):
    """A sign-in between its two steps: the password was right, the code is to come."""

    __tablename__ = "staff_sign_ins"
    id: Mapped[Key]
    token_hash: Mapped[Digest] = mapped_column(unique=True)
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"), index=True)
    # The secret that an enrolment offers, sealed; the account's own is in its row.
    secret_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    expires_at: Mapped[Instant]
