"""Staff accounts and the roles they held, from when to when."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, Code, Instant, Key, MaybeInstant, PublicId


class Staff(Base):
    """One account; `person_id` is the human, so that a second account is still the same maker."""

    __tablename__ = "staff"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    username: Mapped[str] = mapped_column(String(40), unique=True)
    display_name: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[str] = mapped_column(String(64), index=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    # Waits for a second factor (see SECURITY.md).
    totp_secret_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    # Wrong passwords from everywhere since the last right one; those of one place are counted in
    # failed_tries rows.
    failed_tries: Mapped[int] = mapped_column(default=0)
    # Set only by very many tries, so that nobody can lock a colleague out with a handful (V6.1.1).
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
