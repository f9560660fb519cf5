"""Which keys there are, and whose a call is."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import ApiKey

READ_HOLDS, POST_PAYMENTS = "holds:read", "payments:write"
SCOPES = (READ_HOLDS, POST_PAYMENTS)


@dataclass(frozen=True)
class ApiCaller:
    """The system that calls, by the key it showed."""

    key_id: int
    public_id: str
    scopes: frozenset[str]
    last_used_at: datetime | None

    @property
    def who(self) -> str:
        """Return the name the audit trail knows it by."""
        return f"api:{self.public_id}"


@dataclass(frozen=True)
class ApiKeyRow:
    """A key as it is listed; the key itself nobody can read any more."""

    public_id: str
    name: str
    scopes: tuple[str, ...]
    made_at: datetime
    disabled_at: datetime | None
    last_used_at: datetime | None


def caller_of(session: Session, *, key: str) -> ApiCaller | None:
    """Return whose call this is; None for a key that is not known or was disabled."""
    found = session.scalars(select(ApiKey).where(ApiKey.key_hash == key_hash(key))).one_or_none()
    if found is None or found.disabled_at is not None:
        return None
    return ApiCaller(found.id, found.public_id, frozenset(found.scopes), found.last_used_at)


def api_key_list(session: Session) -> tuple[ApiKeyRow, ...]:
    """Return every key, the oldest first."""
    return tuple(
        ApiKeyRow(
            one.public_id,
            one.name,
            tuple(one.scopes),
            one.made_at,
            one.disabled_at,
            one.last_used_at,
        )
        for one in session.scalars(select(ApiKey).order_by(ApiKey.id))
    )


def key_hash(key: str) -> str:
    """Return what the database knows of a key: 64 hexadecimal digits."""
    return hashlib.sha256(key.encode()).hexdigest()
