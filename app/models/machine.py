"""Keys by which the lender's own systems call ours."""

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Digest, Instant, Key, MaybeInstant, PublicId


class ApiKey(Base):
    """One key of one system: known by its hash only; disabled, never deleted, for the trail names
    it.
    """

    __tablename__ = "api_keys"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    # Which system has it, as people call that.
    name: Mapped[str] = mapped_column(String(80))
    key_hash: Mapped[Digest] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    made_at: Mapped[Instant]
    # Actors as the audit trail names them.
    made_by: Mapped[str] = mapped_column(String(64))
    disabled_at: Mapped[MaybeInstant]
    disabled_by: Mapped[str | None] = mapped_column(String(64))
    # Written once an hour at most.
    last_used_at: Mapped[MaybeInstant]
