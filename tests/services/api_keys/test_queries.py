"""Whose a call is, and which keys there are."""

import pytest

from app.services.api_keys.managing import add_api_key, disable_api_key
from app.services.api_keys.queries import READ_HOLDS, SCOPES, api_key_list, caller_of
from tests.support.acting import acting


@pytest.fixture
def keys(session):
    return [
        add_api_key(session, acting(), name=name, scopes=scopes)
        for name, scopes in (("核心系统", SCOPES), ("催收系统", [READ_HOLDS]))
    ]


def test_each_key_is_its_own_systems(session, keys):
    found = [caller_of(session, key=one.key) for one in keys]
    assert [one.public_id for one in found] == [one.public_id for one in keys]
    assert [one.scopes for one in found] == [frozenset(SCOPES), frozenset({READ_HOLDS})]


def test_neither_a_public_id_nor_a_piece_of_a_key_is_one(session, keys):
    key = keys[0].key
    for shown in (keys[0].public_id, key[:-1], key.upper(), f" {key}", ""):
        assert caller_of(session, key=shown) is None


def test_all_are_listed_the_oldest_first_also_disabled_ones(session, keys):
    disable_api_key(session, acting(), public_id=keys[0].public_id)
    listed = api_key_list(session)
    assert [(one.name, one.disabled_at is None) for one in listed] == [
        ("核心系统", False),
        ("催收系统", True),
    ]
    assert not any(one.key in str(listed) for one in keys)
