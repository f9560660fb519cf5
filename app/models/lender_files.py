"""What the lender's core system is told each night: the files of a day, as they were made."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Code, Instant, Key, MaybeInstant, PublicId


class LenderFileSet(Base):
    """The files of one day: made once, the same for whoever asks again."""

    __tablename__ = "lender_file_sets"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    # The day they tell of, and what was known at its end.
    for_on: Mapped[date] = mapped_column(unique=True)
    encoding: Mapped[Code]
    # In the storage of exports.
    folder: Mapped[str] = mapped_column(String(96), unique=True)
    # name, rows, fen, sha256 of each.
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    made_at: Mapped[Instant]
    # An actor as the audit trail names it.
    made_by: Mapped[str] = mapped_column(String(64))
    # When the files themselves were deleted; what they were stays.
    lapsed_at: Mapped[MaybeInstant]
