"""The lender's seal: genuine only where one of the lender's certificates signed the whole file,
untouched.
"""

import asyncio
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner

from app.integrations.documents.typst_maker import TypstMaker
from app.integrations.signing.keys import KeyUnusable, make_development_key, read_signing_key
from tests.support.agreements import SIGNED_AT, a_text, paper_of
from tests.support.key_pairs import make_pair, private_pem
from tests.support.stamping import stamping_signer

MB = 1024 * 1024
A4_POINTS = 842


def apart(work):
    """In a thread of its own: a browser test before this one leaves its event loop running in this
    thread.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def signer_of(folder, **options):
    return stamping_signer(
        read_signing_key(folder / "key.pem", certificate_file=folder / "cert.pem", **options),
        folder,
    )


@pytest.fixture(scope="module")
def plain():
    return TypstMaker(machine_fonts=()).make("agreement", paper_of(a_text(periods=6)))


@pytest.fixture
def signer(tmp_path):
    make_pair(tmp_path / "lender")
    return signer_of(tmp_path / "lender")


@pytest.fixture
def signed(signer, plain):
    return signer.sign(plain, reason="AH-00318-1", at=SIGNED_AT)


def test_what_was_signed_is_genuine_and_tells_when_and_its_number(signer, signed):
    found = signer.read_seal(signed)
    assert (found.is_genuine, found.reason, found.number) == (True, "", "AH-00318-1")
    assert found.signed_at == SIGNED_AT


def test_the_signature_lies_over_the_seal_that_the_last_page_shows(signed):
    reader = PdfFileReader(BytesIO(signed))
    (field,) = reader.embedded_signatures
    left, low, right, high = map(float, field.sig_field["/Rect"])
    pages = int(reader.root["/Pages"]["/Count"])
    # points from the upper left corner of the last page
    place = {"f": pages, "x": left, "y": A4_POINTS - high, "W": right - left, "H": high - low}
    options = [word for name, value in place.items() for word in (f"-{name}", f"{value:.0f}")]
    told = subprocess.run(
        ["pdftotext", *options, "-", "-"],
        input=signed,
        capture_output=True,
        check=True,
    )
    words = "".join(told.stdout.decode().split())
    assert words == "澄明消费金融有限公司（演示）电子签章2026年11月24日10:03AH-00318-1"


def test_an_independent_reader_agrees(signer, signed, tmp_path):
    tool = shutil.which("pdfsig")
    assert tool, "pdfsig is missing: apt-get install poppler-utils"
    good, bad = tmp_path / "good.pdf", tmp_path / "bad.pdf"
    good.write_bytes(signed)
    bad.write_bytes(flipped(signed, 2_000))
    told = {
        path: subprocess.run([tool, path], capture_output=True, text=True).stdout
        for path in (good, bad)
    }
    for words in (
        "Signature is Valid",
        "Total document signed",
        "ETSI.CAdES.detached",
        "SHA-256",
        "LenderSeal",
    ):
        assert words in told[good]
    assert "Signature is Valid" not in told[bad]


def flipped(pdf, at):
    return pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]


def appended(pdf, *, page=False):
    """The file as a later revision leaves it: a note, or another page."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    if page:
        blank = generic.DictionaryObject(
            {
                generic.pdf_name("/Type"): generic.pdf_name("/Page"),
                generic.pdf_name("/MediaBox"): generic.ArrayObject(
                    map(generic.NumberObject, (0, 0, 595, 842))
                ),
                generic.pdf_name("/Resources"): generic.DictionaryObject(),
            }
        )
        writer.insert_page(blank)
    else:
        writer.root["/Note"] = generic.TextStringObject("x")
        writer.update_root()
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.7, 0.9])
def test_one_flipped_byte_is_found(signer, signed, share):
    found = signer.read_seal(flipped(signed, int(len(signed) * share)))
    assert not found.is_genuine
    assert found.reason
    assert found.signed_at is None


@pytest.mark.parametrize("page", [False, True])
def test_anything_appended_is_found(signer, signed, page):
    changed = appended(signed, page=page)
    assert changed.startswith(signed)
    assert signer.read_seal(changed).reason == "altered"


def test_bytes_after_the_end_are_found(signer, signed):
    assert not signer.read_seal(signed + b"\n% more\n").is_genuine


def test_a_seal_moved_into_another_file_is_found(signer, signed):
    other = TypstMaker(machine_fonts=()).make("agreement", paper_of(a_text(periods=7)))
    forged = signer.sign(other, reason="-", at=SIGNED_AT)
    start = signed.index(b"/Contents <") + len(b"/Contents <")
    end = signed.index(b">", start)
    at = forged.index(b"/Contents <") + len(b"/Contents <")
    assert not signer.read_seal(
        forged[:at] + signed[start:end] + forged[at + end - start :]
    ).is_genuine


def test_another_key_is_not_the_lenders(signer, plain, tmp_path):
    make_pair(tmp_path / "other")
    forged = signer_of(tmp_path / "other").sign(plain, reason="AH-00318-1", at=SIGNED_AT)
    assert signer.read_seal(forged).reason == "other_key"


def test_a_second_signature_beside_the_lenders_is_found(signer, signed, tmp_path):
    make_pair(tmp_path / "other")
    second = SimpleSigner.load(
        str(tmp_path / "other" / "key.pem"), str(tmp_path / "other" / "cert.pem")
    )
    stranger = PdfSigner(PdfSignatureMetadata(field_name="Second"), second)
    out = apart(lambda: stranger.sign_pdf(IncrementalPdfFileWriter(BytesIO(signed))))
    assert signer.read_seal(out.getvalue()).reason == "altered"


def test_a_certificate_of_the_same_authority_is_not_trusted(plain, tmp_path):
    authority = make_pair(tmp_path / "authority")
    make_pair(tmp_path / "lender", issuer=authority)
    make_pair(tmp_path / "stranger", issuer=authority)
    lender = tmp_path / "lender" / "cert.pem"
    lender.write_bytes(lender.read_bytes() + (tmp_path / "authority" / "cert.pem").read_bytes())
    mine, strangers = signer_of(tmp_path / "lender"), signer_of(tmp_path / "stranger")
    assert mine.read_seal(mine.sign(plain, reason="-", at=SIGNED_AT)).is_genuine
    assert mine.read_seal(strangers.sign(plain, reason="-", at=SIGNED_AT)).reason == "other_key"


def test_what_the_key_before_signed_stays_genuine(signed, plain, tmp_path):
    make_pair(tmp_path / "renewed")
    assert signer_of(tmp_path / "renewed").read_seal(signed).reason == "other_key"
    earlier = tmp_path / "earlier"
    earlier.mkdir()
    shutil.copy(tmp_path / "lender" / "cert.pem", earlier / "2026.pem")
    renewed = signer_of(tmp_path / "renewed", trusted_dir=earlier)
    assert renewed.read_seal(signed).is_genuine
    assert renewed.read_seal(renewed.sign(plain, reason="-", at=SIGNED_AT)).is_genuine


def test_a_signature_outside_its_certificates_time_does_not_hold(plain, tmp_path):
    make_pair(tmp_path / "lender", days=1)
    signer = signer_of(tmp_path / "lender")
    assert (
        signer.read_seal(signer.sign(plain, reason="-", at=SIGNED_AT)).reason
        == "certificate_out_of_date"
    )


@pytest.mark.parametrize(
    ("pdf", "reason"),
    [
        (b"", "not_a_pdf"),
        (b"PK\x03\x04" + b"x" * 5_000, "not_a_pdf"),
        (b"%PDF-1.7\n", "unreadable"),
        (b"%PDF-1.7\n" + os.urandom(20_000), "unreadable"),
        (b"%PDF-1.7\n" + b"x" * (50 * MB), "too_large"),
        (b"x" * (50 * MB), "too_large"),
    ],
    ids=["empty", "zip", "head only", "noise", "50 MB", "50 MB of nothing"],
)
def test_bad_files_are_told_and_never_raise(signer, pdf, reason):
    assert signer.read_seal(pdf).reason == reason


def test_an_unsigned_or_cut_off_file_is_not_genuine(signer, plain, signed):
    assert signer.read_seal(plain).reason == "unsigned"
    for share in (0.1, 0.5, 0.95, 0.999):
        assert not signer.read_seal(signed[: int(len(signed) * share)]).is_genuine


def test_a_key_may_have_a_password(plain, tmp_path):
    make_pair(tmp_path / "lender", password="geheim")
    signer = signer_of(tmp_path / "lender", password="geheim")
    assert signer.read_seal(signer.sign(plain, reason="-", at=SIGNED_AT)).is_genuine
    for password in ("", "wrong"):
        with pytest.raises(KeyUnusable):
            signer_of(tmp_path / "lender", password=password)


def test_a_key_without_its_own_certificate_is_refused(tmp_path):
    make_pair(tmp_path / "lender")
    make_pair(tmp_path / "other")
    with pytest.raises(KeyUnusable, match="does not begin"):
        read_signing_key(
            tmp_path / "lender" / "key.pem", certificate_file=tmp_path / "other" / "cert.pem"
        )
    with pytest.raises(KeyUnusable):
        read_signing_key(tmp_path / "lender" / "key.pem", certificate_file=tmp_path / "none.pem")


def test_a_key_of_a_kind_that_seals_nothing_is_refused(tmp_path):
    key = ed25519.Ed25519PrivateKey.generate()
    make_pair(tmp_path / "lender")
    file = tmp_path / "lender" / "key.pem"
    file.write_bytes(private_pem(key))
    with pytest.raises(KeyUnusable, match="neither an elliptic curve key nor an RSA key"):
        read_signing_key(file, certificate_file=tmp_path / "lender" / "cert.pem")


def test_development_makes_its_key_once_for_its_owner_only(tmp_path, plain):
    path = tmp_path / "keys" / "signing.pem"
    make_development_key(path)
    first = path.read_bytes()
    make_development_key(path)
    assert path.read_bytes() == first
    assert not path.stat().st_mode & 0o077
    signer = stamping_signer(read_signing_key(path, certificate_file=path), tmp_path)
    at = datetime(2026, 11, 24, tzinfo=UTC)
    assert signer.read_seal(signer.sign(plain, reason="-", at=at)).is_genuine


def test_an_rsa_key_of_an_authority_works_too(tmp_path, plain):
    make_pair(tmp_path / "lender")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "澄明")])
    made_at = SIGNED_AT - timedelta(days=1)
    certificate = x509.CertificateBuilder(
        name,
        name,
        key.public_key(),
        x509.random_serial_number(),
        made_at,
        made_at + timedelta(days=9),
    ).sign(key, hashes.SHA256())
    both = private_pem(key) + certificate.public_bytes(serialization.Encoding.PEM)
    (tmp_path / "both.pem").write_bytes(both)
    signer = stamping_signer(
        read_signing_key(tmp_path / "both.pem", certificate_file=tmp_path / "both.pem"), tmp_path
    )
    assert signer.read_seal(signer.sign(plain, reason="-", at=SIGNED_AT)).is_genuine


def test_threads_sign_and_read_at_once(signer, plain):
    def both(number):
        return signer.read_seal(
            signer.sign(plain, reason=str(number), at=SIGNED_AT + timedelta(seconds=number))
        )

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(both, range(16)))
    assert [one.signed_at - SIGNED_AT for one in found] == [
        timedelta(seconds=number) for number in range(16)
    ]


def test_a_thread_that_runs_an_event_loop_signs_and_reads_as_any_other(tmp_path):
    make_pair(tmp_path / "own")
    signer = signer_of(tmp_path / "own")

    async def within() -> bool:
        signed = signer.sign(
            TypstMaker().make("agreement", paper_of(a_text(periods=3))), reason="-", at=SIGNED_AT
        )
        return signer.read_seal(signed).is_genuine

    assert apart(lambda: asyncio.run(within()))
