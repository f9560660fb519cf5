"""Personal data: unreadable without the key, and bound to its place."""

import pickle

import pytest

from app.integrations.vault.aesgcm import AesGcmVault

PLACE = {"table": "borrowers", "row": "abc", "column": "mobile"}


@pytest.fixture
def vault():
    return AesGcmVault(data_key=b"d" * 32, lookup_key=b"l" * 32)


def test_what_is_sealed_opens_again(vault):
    assert vault.unseal(vault.seal("13800000000", **PLACE), **PLACE) == "13800000000"


def test_the_same_value_never_looks_the_same(vault):
    assert len({vault.seal("13800000000", **PLACE) for _ in range(1000)}) == 1000


@pytest.mark.parametrize("moved", [{"table": "staff"}, {"row": "abd"}, {"column": "name"}])
def test_a_moved_value_does_not_open(vault, moved):
    with pytest.raises(ValueError, match="moved or altered"):
        vault.unseal(vault.seal("x", **PLACE), **(PLACE | moved))


def test_an_altered_value_does_not_open(vault):
    sealed = bytearray(vault.seal("x", **PLACE))
    sealed[-1] ^= 1
    with pytest.raises(ValueError, match="moved or altered"):
        vault.unseal(bytes(sealed), **PLACE)


def test_look_up_hashes_are_apart_by_purpose_and_key(vault):
    other = AesGcmVault(data_key=b"d" * 32, lookup_key=b"m" * 32)
    found = {
        vault.fingerprint("1234", purpose="mobile_last4"),
        vault.fingerprint("1234", purpose="id_last4"),
        other.fingerprint("1234", purpose="id_last4"),
    }
    assert len(found) == 3
    assert all(len(one) == 64 for one in found)


def test_a_sealed_file_opens_only_in_its_place(vault):
    content = bytes(range(256)) * 40
    sealed = vault.seal_file(content, **PLACE)
    assert content[:64] not in sealed
    assert vault.unseal_file(sealed, **PLACE) == content
    with pytest.raises(ValueError, match="moved or altered"):
        vault.unseal_file(sealed, **(PLACE | {"row": "abd"}))
    with pytest.raises(ValueError, match="moved or altered"):
        vault.unseal_file(sealed[:-1], **PLACE)


def test_another_process_opens_and_looks_up_the_same(vault):
    sealed = vault.seal("13800000000", **PLACE)
    there = pickle.loads(pickle.dumps(vault))  # noqa: S301 - ours
    assert there.unseal(sealed, **PLACE) == "13800000000"
    assert there.fingerprint("1", purpose="id") == vault.fingerprint("1", purpose="id")
