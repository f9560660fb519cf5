"""Keys of the machine interface: shown once, kept as a hash, on record, disabled for good."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from app.domain.errors import NotFound
from app.models import ApiKey, AuditEntry
from app.services.api_keys.managing import (
    KeyNameNeeded,
    ScopesNeeded,
    add_api_key,
    disable_api_key,
    touch_api_key,
)
from app.services.api_keys.queries import READ_HOLDS, SCOPES, api_key_list, caller_of
from app.services.core.context import Actor
from tests.support.acting import acting
from tests.support.clock import NOW

ACTING = acting(actor=Actor("cli:api-key-add"))


def add(session, name="核心系统", scopes=SCOPES):
    return add_api_key(session, ACTING, name=name, scopes=scopes)


def test_a_key_is_kept_as_a_hash_and_opens_what_it_names(session):
    made = add(session, scopes=[READ_HOLDS])
    row = session.scalars(select(ApiKey)).one()
    assert row.key_hash == hashlib.sha256(made.key.encode()).hexdigest()
    assert made.key not in str(vars(row))
    found = caller_of(session, key=made.key)
    assert (found.who, found.scopes) == (f"api:{made.public_id}", frozenset({READ_HOLDS}))
    assert caller_of(session, key=made.key + "x") is None
    assert caller_of(session, key="") is None


def test_no_two_keys_are_alike(session):
    assert add(session).key != add(session).key


@pytest.mark.parametrize("name", ["", "  ", "长" * 81, "a\nb", "a\0b"])
def test_who_has_a_key_is_named(session, name):
    with pytest.raises(KeyNameNeeded):
        add(session, name=name)


@pytest.mark.parametrize("scopes", [(), ("holds:write",), (READ_HOLDS, "all")])
def test_a_key_opens_only_what_there_is(session, scopes):
    with pytest.raises(ScopesNeeded):
        add(session, scopes=scopes)


def test_a_disabled_key_is_nobodys_and_stays_listed(session):
    made = add(session)
    assert disable_api_key(session, ACTING, public_id=made.public_id)
    assert not disable_api_key(session, ACTING, public_id=made.public_id)
    assert caller_of(session, key=made.key) is None
    (row,) = api_key_list(session)
    assert (row.public_id, row.disabled_at) == (made.public_id, NOW)
    with pytest.raises(NotFound):
        disable_api_key(session, ACTING, public_id="x" * 20)


def test_making_and_disabling_are_on_record_without_the_key(session):
    made = add(session)
    disable_api_key(session, ACTING, public_id=made.public_id)
    found = session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    assert [(one.action, one.object_id, one.actor) for one in found] == [
        ("api_key.added", made.public_id, "cli:api-key-add"),
        ("api_key.disabled", made.public_id, "cli:api-key-add"),
    ]
    assert not any(made.key in str(vars(one)) for one in found)


def test_use_is_noted_once_an_hour(session):
    made = add(session)
    found = caller_of(session, key=made.key)

    def touched(after):
        touch_api_key(session, ACTING.at(NOW + after), key_id=found.key_id)
        session.expire_all()
        return session.scalars(select(ApiKey.last_used_at)).one() - NOW

    hour = timedelta(hours=1)
    assert touched(timedelta(0)) == timedelta(0)
    assert touched(hour - timedelta(seconds=1)) == timedelta(0)
    assert touched(hour) == hour


@pytest.mark.parametrize(
    "changed",
    [{"scopes": ["all"]}, {"key_hash": "0" * 64}, {"name": "x"}, {"disabled_at": None}],
)
def test_what_a_key_opens_never_changes_and_no_key_comes_back(session, changed):
    made = add(session)
    disable_api_key(session, ACTING, public_id=made.public_id)
    with pytest.raises(DBAPIError, match="disabled, never changed"), session.begin_nested():
        session.execute(update(ApiKey).values(**changed))
