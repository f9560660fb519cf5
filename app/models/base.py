"""Declarative base, column types and naming of constraints shared by every table."""

import secrets
from datetime import UTC, datetime
from itertools import product
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, mapped_column

# Every constraint has a name that follows from its columns: SQLite rebuilds tables on a change, and
# a migration can only drop what it can name.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
# Without 0, 1, i, l and o: people read these ids out on the phone. No capitals either, for they are
# lost when an address is typed.
PUBLIC_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
PUBLIC_CHARS = 20
PUBLIC_IDS = len(PUBLIC_ALPHABET) ** PUBLIC_CHARS
_PAIRS = tuple(map("".join, product(PUBLIC_ALPHABET, repeat=2)))


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
            # SQLite would take it and read it back as UTC, eight hours off.
            raise ValueError("a naive instant has no place in the database")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def new_public_id() -> str:
    """A random id for addresses: 20 characters, about 99 bits, no look-alike letters."""
    # One random number is cut into pairs of letters: picking letter by letter would ask the
    # system's source of randomness twenty times, for every row of a nightly file.
    rest, letters = secrets.randbelow(PUBLIC_IDS), ""
    for _ in range(PUBLIC_CHARS // 2):
        rest, place = divmod(rest, len(_PAIRS))
        letters += _PAIRS[place]
    return letters


# SQLite numbers rows by itself only where the key is a plain INTEGER.
BigId = BigInteger().with_variant(Integer, "sqlite")
Key = Annotated[int, mapped_column(BigId, primary_key=True)]
Fen = Annotated[int, mapped_column(BigInteger)]
Instant = Annotated[datetime, mapped_column(UtcDateTime)]
MaybeInstant = Annotated[datetime | None, mapped_column(UtcDateTime)]
PublicId = Annotated[str, mapped_column(String(24), unique=True, default=new_public_id)]
Digest = Annotated[str, mapped_column(String(64))]
MaybeDigest = Annotated[str | None, mapped_column(String(64))]
# Codes are text and not database enums, so that a new one needs no migration and the release before
# reads on.
Code = Annotated[str, mapped_column(String(40))]
