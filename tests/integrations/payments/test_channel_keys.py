"""Keys of channels from files, as operators get them; what does not fit is told at the start."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.integrations.payments.channel_keys import read_alipay_keys, read_wechat_keys
from app.integrations.signing.keys import KeyUnusable
from tests.support.channels.served import key_named, private_text, public_text
from tests.support.channels.wechat import certificate_of, serial_of
from tests.support.key_pairs import make_pair, private_pem

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
PEM = serialization.Encoding.PEM


@pytest.fixture
def folder(tmp_path):
    ours, theirs = key_named("our merchant key"), key_named("wechat public key")
    certificate = certificate_of("our merchant key", SINCE)
    (tmp_path / "key.pem").write_text(private_text(ours))
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(PEM))
    (tmp_path / "public.pem").write_text(public_text(theirs))
    return tmp_path


def test_wechats_keys_are_read_with_the_serial_of_our_certificate(folder):
    found = read_wechat_keys(folder / "key.pem", folder / "cert.pem", None)
    assert found.serial == serial_of(certificate_of("our merchant key", SINCE))
    assert found.public == ""
    assert "BEGIN" not in repr(found)


def test_in_public_key_mode_theirs_is_read_too(folder):
    found = read_wechat_keys(folder / "key.pem", folder / "cert.pem", folder / "public.pem")
    assert found.public == public_text(key_named("wechat public key"))


def test_a_certificate_of_another_key_is_refused(folder):
    (folder / "key.pem").write_text(private_text(key_named("a stranger's")))
    with pytest.raises(KeyUnusable, match="is not the certificate of"):
        read_wechat_keys(folder / "key.pem", folder / "cert.pem", None)


def test_alipays_keys_are_read_as_its_tool_writes_them(folder):
    """Without the lines of PEM, on one line, in the older form."""
    ours = key_named("our application key")
    form, lock = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    bare = "".join(ours.private_bytes(PEM, form, lock).decode().split("\n")[1:-2])
    theirs = "".join(public_text(key_named("alipay key")).split("\n")[1:-2])
    (folder / "bare.txt").write_text(bare)
    (folder / "theirs.txt").write_text(theirs + "\n")
    found = read_alipay_keys(folder / "bare.txt", folder / "theirs.txt")
    assert found.private == private_text(ours)
    assert found.public == public_text(key_named("alipay key"))


def test_our_own_public_key_is_not_taken_for_alipays(folder):
    (folder / "ours.pem").write_text(public_text(key_named("our merchant key")))
    with pytest.raises(KeyUnusable, match="not Alipay's"):
        read_alipay_keys(folder / "key.pem", folder / "ours.pem")


@pytest.mark.parametrize("content", ["", "no key", "-----BEGIN PRIVATE KEY-----\n!!!\n", "AAAA"])
def test_what_is_no_key_is_refused(folder, content):
    (folder / "bad.pem").write_text(content)
    for key, public in (("bad.pem", "public.pem"), ("key.pem", "bad.pem")):
        with pytest.raises(KeyUnusable):
            read_alipay_keys(folder / key, folder / public)
    with pytest.raises(KeyUnusable):
        read_wechat_keys(folder / "key.pem", folder / "bad.pem", None)


def test_keys_of_other_kinds_are_refused(folder):
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505
    (folder / "short.pem").write_text(private_text(short))
    (folder / "locked.pem").write_bytes(private_pem(key_named("our merchant key"), "geheim"))
    make_pair(folder / "curve")
    for name in ("short.pem", "locked.pem", "curve/key.pem", "absent.pem"):
        with pytest.raises(KeyUnusable):
            read_alipay_keys(folder / name, folder / "public.pem")
