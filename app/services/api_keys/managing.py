"""Keys of the machine interface made and disabled: each on record, each shown once."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.texts import N_
from app.models import ApiKey
from app.services.api_keys.queries import SCOPES, key_hash
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction

# Found by who looks for lost keys in files and logs.
PREFIX = "ahk_"
NAME_CHARS = 80
# A write an hour and not one a call: the day is what one wants to know of a key nobody uses.
TOUCH_EVERY = timedelta(hours=1)


class KeyNameNeeded(RuleBroken):
    """Who has a key is on record by a name."""

    code = "key_name"
    message = N_("请写明这把密钥给哪个系统用，%(most)s 个字以内")
    values = MappingProxyType({"most": NAME_CHARS})


class ScopesNeeded(RuleBroken):
    """A key may do something, and only what there is."""

    code = "key_scopes"
    message = N_("请写明这把密钥能做什么")


@dataclass(frozen=True)
class NewApiKey:
    """A key that was just made: `key` is told once and known to nobody afterwards."""

    public_id: str
    key: str


def add_api_key(
    session: Session, context: Context, *, name: str, scopes: Collection[str]
) -> NewApiKey:
    """Make a key for one system and return it: the only time it can be read.

    Raises: KeyNameNeeded, ScopesNeeded.
    Source: ADR 0087.
    """
    name = name.strip()
    if not name or len(name) > NAME_CHARS or not name.isprintable():
        raise KeyNameNeeded
    if not scopes or not set(scopes) <= set(SCOPES):
        raise ScopesNeeded
    # 256 bits of chance: a plain hash tells nothing of it.
    key = PREFIX + secrets.token_urlsafe(32)
    with transaction(session):
        row = ApiKey(
            name=name,
            key_hash=key_hash(key),
            scopes=sorted(set(scopes)),
            made_at=context.now,
            made_by=context.actor.who,
        )
        session.add(row)
        session.flush()
        audit.record(
            session,
            context,
            action="api_key.added",
            object_kind="api_key",
            object_id=row.public_id,
            after={"scopes": row.scopes},
        )
        return NewApiKey(row.public_id, key)


def disable_api_key(session: Session, context: Context, *, public_id: str) -> bool:
    """Disable a key for good, from this moment on; return whether this call did.

    Raises: NotFound.
    """
    with transaction(session):
        wanted = select(ApiKey).where(ApiKey.public_id == public_id)
        row = session.scalars(wanted.with_for_update()).one_or_none()
        if row is None:
            raise NotFound
        if row.disabled_at is not None:
            return False
        row.disabled_at, row.disabled_by = context.now, context.actor.who
        audit.record(
            session,
            context,
            action="api_key.disabled",
            object_kind="api_key",
            object_id=public_id,
        )
        return True


def touch_api_key(session: Session, context: Context, *, key_id: int) -> None:
    """Note that a key is in use, once an hour at most; idempotent."""
    before = ApiKey.last_used_at.is_(None) | (ApiKey.last_used_at <= context.now - TOUCH_EVERY)
    mine = update(ApiKey).where(ApiKey.id == key_id, before)
    with transaction(session):
        session.execute(mine.values(last_used_at=context.now))
