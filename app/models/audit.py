"""The audit trail: chained rows that a trigger keeps from being changed, and one head row to
lock.
"""

from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Digest, Instant


class AuditEntry(Base):
    """Who did what to which object, when, from where, before and after, and why."""

    __tablename__ = "audit"
    # Given out under the head's lock and without gaps: a sequence of the database would leave holes
    # that look like deleted entries.
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[Instant]
    actor: Mapped[str] = mapped_column(String(64))
    from_where: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(60))
    object_kind: Mapped[str] = mapped_column(String(40))
    # Public ids and numbers as text, no foreign keys: the trail outlives what it tells of.
    object_id: Mapped[str] = mapped_column(String(64))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(Text)
    # Hashes of the rows this change wrote, by table and number: one changed behind the trail's back
    # shows.
    rows: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    # Unique, so that the chain cannot fork even where the lock on the head failed.
    prev_hash: Mapped[str] = mapped_column(String(64), unique=True)
    row_hash: Mapped[Digest]
    __table_args__ = (Index("ix_audit_object", "object_kind", "object_id"),)


class AuditHead(Base):
    """The last entry's number and hash; locked by every writer so that the chain never forks."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    row_hash: Mapped[Digest]
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)


class RefusedTry(Base):
    """How often something was refused to nobody in particular within an hour, until the trail has
    its sum.
    """

    __tablename__ = "refused_tries"
    what: Mapped[str] = mapped_column(String(60), primary_key=True)
    hour_at: Mapped[Instant] = mapped_column(primary_key=True)
    count: Mapped[int]
