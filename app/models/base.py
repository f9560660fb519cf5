"""Declarative base, column types and naming of constraints shared by every table."""

import secrets
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
PUBLIC_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
PUBLIC_CHARS = 20
PUBLIC_IDS = len(PUBLIC_ALPHABET) ** PUBLIC_CHARS


class Base(DeclarativeBase):
    """All tables of the product."""

    metadata = MetaData(naming_convention=NAMES)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database, also on SQLite, which drops zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive instant has no place in the database")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def new_public_id() -> str:
    """A random id for addresses: 20 characters, about 99 bits, no look-alike letters."""
    rest, letters = secrets.randbelow(PUBLIC_IDS), ""
    for _ in range(PUBLIC_CHARS):
        rest, place = divmod(rest, len(PUBLIC_ALPHABET))
        letters += PUBLIC_ALPHABET[place]
    return letters


BigId = BigInteger().with_variant(Integer, "sqlite")
Key = Annotated[int, mapped_column(BigId, primary_key=True)]
Fen = Annotated[int, mapped_column(BigInteger)]
Instant = Annotated[datetime, mapped_column(UtcDateTime)]
MaybeInstant = Annotated[datetime | None, mapped_column(UtcDateTime)]
PublicId = Annotated[str, mapped_column(String(24), unique=True, default=new_public_id)]
Digest = Annotated[str, mapped_column(String(64))]
MaybeDigest = Annotated[str | None, mapped_column(String(64))]
Code = Annotated[str, mapped_column(String(40))]
