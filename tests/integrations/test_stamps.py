"""Time stamps in the lender's seal: put in without touching what was signed, and worth something
only where an authority that is trusted made them for this very seal.
"""

import hashlib
import shutil
import subprocess
import time
from datetime import timedelta
from io import BytesIO

import pytest
from asn1crypto import cms, tsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils.reader import PdfFileReader

from app.domain.errors import GatewayDown
from app.integrations.documents.typst_maker import TypstMaker
from app.integrations.signing.authorities import DEVELOPMENT_POLICY, HttpAuthority
from app.integrations.signing.keys import DEMO_AUTHORITY_NAME, read_signing_key
from app.integrations.signing.stamps import ATTRIBUTE
from tests.support.agreements import SIGNED_AT, a_text, paper_of
from tests.support.key_pairs import make_pair
from tests.support.stamping import (
    NetworkAuthority,
    NoAuthority,
    development_key,
    served,
    stamping_signer,
)

LATER = SIGNED_AT + timedelta(hours=2)
SOON = timedelta(minutes=4)


@pytest.fixture(scope="module")
def plain():
    return TypstMaker(machine_fonts=()).make("agreement", paper_of(a_text(periods=3)))


@pytest.fixture(scope="module")
def network():
    return NetworkAuthority(LATER)


@pytest.fixture
def key(tmp_path):
    make_pair(tmp_path / "lender")
    folder = tmp_path / "lender"
    return read_signing_key(folder / "key.pem", certificate_file=folder / "cert.pem")


@pytest.fixture
def signer(key, tmp_path):
    return stamping_signer(key, tmp_path)


@pytest.fixture
def signed(signer, plain):
    return signer.sign(plain, reason="AH-00318-1", at=SIGNED_AT)


def seal_in(pdf):
    (seal,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
    return seal


def covered(pdf):
    """The bytes that the seal covers."""
    first, before, after, rest = map(int, seal_in(pdf).byte_range)
    return pdf[first:before] + pdf[after : after + rest]


def token_in(pdf) -> cms.ContentInfo:
    (token,) = (
        one["values"][0]
        for one in seal_in(pdf).signer_info["unsigned_attrs"]
        if one["type"].native == ATTRIBUTE
    )
    return token


def over_http(key, tmp_path, network, **changed):
    authority = HttpAuthority(changed.pop("url"), **changed)
    return stamping_signer(key, tmp_path, authority=authority, roots=[network.root])


def test_a_stamp_leaves_every_byte_that_was_signed_as_it_was(signer, signed):
    stamped = signer.stamp(signed, at=LATER)
    assert (stamped.pdf != signed, len(stamped.pdf)) == (True, len(signed))
    assert covered(stamped.pdf) == covered(signed)
    found = signer.read_seal(stamped.pdf)
    assert (found.reason, found.signed_at, found.number) == ("", SIGNED_AT, "AH-00318-1")
    assert found.stamped_at == stamped.at == LATER.replace(microsecond=0)


def test_a_seal_without_a_stamp_is_genuine_and_says_that_it_has_none(signer, signed):
    found = signer.read_seal(signed)
    assert (found.is_genuine, found.stamped_at) == (True, None)


def test_independent_readers_agree(signer, signed, tmp_path):
    stamped = signer.stamp(signed, at=LATER).pdf
    (tmp_path / "stamped.pdf").write_bytes(stamped)
    (tmp_path / "token.der").write_bytes(token_in(stamped).dump())
    (tmp_path / "value").write_bytes(seal_in(stamped).signer_info["signature"].native)
    for tool in ("pdfsig", "openssl"):
        assert shutil.which(tool), f"{tool} is missing"
    told = subprocess.run(
        ["pdfsig", tmp_path / "stamped.pdf"], capture_output=True, text=True
    ).stdout
    assert "Signature is Valid" in told
    assert "Total document signed" in told

    def verified(data):
        words = ["-data", data, "-in", "token.der", "-token_in", "-CAfile", "timestamp.pem"]
        return subprocess.run(
            ["openssl", "ts", "-verify", *words], cwd=tmp_path, capture_output=True
        ).returncode

    assert verified("value") == 0
    assert verified("stamped.pdf") != 0


def test_a_stamp_of_development_says_that_it_proves_nothing(signer, signed):
    data = token_in(signer.stamp(signed, at=LATER).pdf)["content"]
    (certificate,) = data["certificates"]
    assert certificate.chosen.subject.native["common_name"] == DEMO_AUTHORITY_NAME
    told = data["encap_content_info"]["content"].parsed
    assert told["policy"].native == DEVELOPMENT_POLICY


def test_another_authoritys_stamp_does_not_hold(key, signed, signer, tmp_path):
    (tmp_path / "other").mkdir()
    other = stamping_signer(key, tmp_path / "other")
    assert other.read_seal(signer.stamp(signed, at=LATER).pdf).reason == "stamp_invalid"


def test_a_stamp_of_another_seal_does_not_hold(signer, signed, plain):
    again = signer.sign(plain, reason="AH-00318-1", at=SIGNED_AT)
    theirs = token_in(signer.stamp(again, at=LATER).pdf)

    class Replays:
        async def stamp(self, digest, *, at):
            return theirs

    signer._authority = Replays()
    with pytest.raises(GatewayDown, match="stamp_invalid"):
        signer.stamp(signed, at=LATER)


@pytest.mark.parametrize(("before", "held"), [(SOON, True), (2 * SOON, False)])
def test_a_stamp_from_before_its_seal_does_not_hold(signer, signed, before, held):
    if held:
        assert signer.stamp(signed, at=SIGNED_AT - before).at == SIGNED_AT - before
    else:
        with pytest.raises(GatewayDown, match="stamp_invalid"):
            signer.stamp(signed, at=SIGNED_AT - before)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_what_is_changed_under_a_stamp_is_found(signer, signed, share):
    stamped = signer.stamp(signed, at=LATER).pdf
    at = int(len(stamped) * share)
    changed = stamped[:at] + bytes([stamped[at] ^ 1]) + stamped[at + 1 :]
    assert signer.read_seal(changed).reason in ("altered", "unreadable")


def test_a_token_too_large_for_the_seal_is_none(signer, plain, monkeypatch):
    monkeypatch.setattr("app.integrations.signing.pades.RESERVED_BYTES", 1_500)
    signed = signer.sign(plain, reason="AH-00318-1", at=SIGNED_AT)
    assert signer.read_seal(signed).is_genuine
    with pytest.raises(GatewayDown, match="no room"):
        signer.stamp(signed, at=LATER)


def test_the_authority_on_the_network_stamps_by_its_own_clock(key, signed, network, tmp_path):
    with served(network) as url:
        signer = over_http(key, tmp_path, network, url=url)
        assert signer.stamp(signed, at=SIGNED_AT).at == LATER
        stamped = signer.stamp(signed, at=SIGNED_AT).pdf
    assert signer.read_seal(stamped).stamped_at == LATER


def test_a_slow_authority_is_not_waited_for(key, signed, tmp_path):
    slow = NetworkAuthority(LATER)
    slow.delay = 2
    with served(slow) as url:
        signer = over_http(key, tmp_path, slow, url=url, timeout=0.3)
        began = time.monotonic()
        with pytest.raises(GatewayDown):
            signer.stamp(signed, at=SIGNED_AT)
        assert time.monotonic() - began < slow.delay


def _nonce(request):
    request["nonce"] = request["nonce"].native + 1
    return request


def _other_hash(request):
    request["message_imprint"]["hashed_message"] = hashlib.sha256(b"-").digest()
    return request


def _without(name, value):
    def changed(reply):
        told = tsp.TimeStampResp.load(reply)
        told["time_stamp_token"]["content"][name] = value
        return told.dump()

    return changed


WRONG = {
    "an error": {"status": 500},
    "a page": {"kind": "text/html"},
    "noise": {"change_reply": lambda _: b"\x30\x03abc"},
    "nothing": {"change_reply": lambda _: b""},
    "a refusal": {"change_reply": lambda _: bytes.fromhex("30053003020102")},
    "no certificate": {"change_reply": _without("certificates", [])},
    "no signature": {"change_reply": _without("signer_infos", [])},
    "another question's": {"change_request": _nonce},
    "another hash": {"change_request": _other_hash},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_an_answer_that_is_no_stamp_is_none(key, signed, tmp_path, wrong):
    authority = NetworkAuthority(LATER)
    for name, value in wrong.items():
        setattr(authority, name, value)
    with served(authority) as url, pytest.raises(GatewayDown):
        over_http(key, tmp_path, authority, url=url).stamp(signed, at=SIGNED_AT)
    assert authority.asked == 1


def test_a_certificate_that_is_not_for_stamps_stamps_nothing(key, signed, tmp_path):
    web = NetworkAuthority(LATER, usage=ExtendedKeyUsageOID.SERVER_AUTH)
    with served(web) as url, pytest.raises(GatewayDown, match="stamp_invalid"):
        over_http(key, tmp_path, web, url=url).stamp(signed, at=SIGNED_AT)


def test_an_authority_that_is_down_is_told(key, signed, tmp_path, network):
    gone = over_http(key, tmp_path, network, url="http://127.0.0.1:9/tsa")
    for signer in (gone, stamping_signer(key, tmp_path, authority=NoAuthority())):
        with pytest.raises(GatewayDown):
            signer.stamp(signed, at=SIGNED_AT)


def test_development_makes_its_authority_once_for_its_owner_only(tmp_path):
    path = tmp_path / "timestamp.pem"
    first = development_key(tmp_path)
    assert development_key(tmp_path).certificate == first.certificate
    assert not path.stat().st_mode & 0o077
