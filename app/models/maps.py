"""Column maps: how a lender's own files are read, a version at a time."""

from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Code, Instant, Key, MaybeInstant, PublicId

ACTIVE = text("state = 'active'")


class ColumnMapVersion(Base):
    """One version of a map; once handed over its values never change, a change is the next version.

    `edition` counts the changes of a draft: who activates it says which one was read.
    """

    __tablename__ = "column_maps"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    name: Mapped[str] = mapped_column(String(40))
    # What it reads: book.
    kind: Mapped[Code]
    number: Mapped[int]
    values: Mapped[dict[str, Any]] = mapped_column("mapping", JSON)
    # draft, handed, active, replaced, dropped
    state: Mapped[Code]
    edition: Mapped[int]
    made_by: Mapped[str] = mapped_column(String(64))
    # One person may have several accounts.
    made_person: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[Instant]
    activated_by: Mapped[str | None] = mapped_column(String(64))
    activated_person: Mapped[str | None] = mapped_column(String(64))
    activated_at: Mapped[MaybeInstant]
    # The rows that were looked at: of people, so sealed as one, and gone once the map stands.
    sample_name: Mapped[str] = mapped_column(String(200))
    sample_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_version: Mapped[int]
    __table_args__ = (
        UniqueConstraint("name", "number"),
        Index(
            "uq_column_maps_active",
            "name",
            unique=True,
            sqlite_where=ACTIVE,
            postgresql_where=ACTIVE,
        ),
        CheckConstraint(
            "activated_person IS NULL OR activated_person <> made_person",
            name="maker_is_not_checker",
        ),
    )
