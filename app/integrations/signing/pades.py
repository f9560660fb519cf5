"""PAdES B-B seals with the lender's key, made and read by pyHanko."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from io import BytesIO
from typing import Any

from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from app.integrations.signing.keys import SigningKey
from app.ports.documents import SealFound

FIELD = "LenderSeal"
# Where agreement.typ draws the seal: points from the lower left corner of the last page (46 x 26 mm
# above a margin of 17 mm, left of the code).
MM = 72 / 25.4
BOX = round(114 * MM), round(17 * MM), round(160 * MM), round(43 * MM)
# Fifty times what an agreement weighs. A larger file is not read at all: whoever checks a paper may
# be anybody.
MOST_BYTES = 10 * 1024 * 1024
# Readers accept the mark anywhere within the first kilobyte.
HEAD_BYTES = 1024
# Nothing is drawn over what the paper shows there: readers only mark the place as the signature's.
CLEAR = StaticStampStyle(border_width=0)
USAGE = KeyUsageConstraints(
    key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False
)


class PadesSigner:
    """Signs with one key; trusts exactly the certificates of the lender, never a whole
    authority.
    """

    def __init__(self, key: SigningKey) -> None:
        above = SimpleCertificateStore()
        above.register_multiple(_read_anew(key.chain))
        (own,) = _read_anew([key.certificate])
        self._signer = SimpleSigner(
            signing_cert=own, signing_key=_plain_key(key), cert_registry=above
        )
        # Certificates pinned one by one: an authority certifies others too (ADR 0021).
        self._trusted = {one.sha256: one for one in _read_anew(key.trusted)}

    def sign(self, pdf: bytes, *, reason: str, at: datetime) -> bytes:
        """Return the PDF with the lender's signature over all of it, dated `at`."""
        meta = PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            reason=reason,
            name=self._signer.subject_name,
        )
        # Appended: the bytes that were set stay as they are in front of the signature.
        writer = IncrementalPdfFileWriter(BytesIO(pdf))
        out = _apart(lambda: _DatedSigner(meta, self._signer, at).sign_pdf(writer))

        return bytes(out.getbuffer())

    def read_seal(self, pdf: bytes) -> SealFound:
        """Tell whether a file carries the lender's signature over all of it, unaltered; never
        raises for a bad file.
        """
        if len(pdf) > MOST_BYTES:
            return SealFound("too_large")
        if b"%PDF-" not in pdf[:HEAD_BYTES]:
            return SealFound("not_a_pdf")

        try:
            return _apart(lambda: self._read(PdfFileReader(BytesIO(pdf))))
        except Exception:
            # A hostile file may break a reader in any way: it is not genuine, and that is all.
            return SealFound("unreadable")

    def _read(self, reader: PdfFileReader) -> SealFound:
        found = reader.embedded_signatures
        if not found:
            return SealFound("unsigned")
        # Ours carry exactly one; a second signature was put over it by someone else.
        if len(found) > 1:
            return SealFound("altered")

        seal, number = found[0], _number(reader)
        certificate = self._trusted.get(seal.signer_cert.sha256)
        signed_at = seal.self_reported_timestamp
        if certificate is None:
            return SealFound("other_key", number=number)

        reason = _fault(seal, certificate, signed_at)
        return SealFound(reason, signed_at if not reason else None, number)


class _DatedSigner(PdfSigner):
    """A signer whose signature bears the instant of the use case, not that of the machine."""

    def __init__(self, meta: PdfSignatureMetadata, signer: SimpleSigner, at: datetime) -> None:
        place = SigFieldSpec(FIELD, on_page=-1, box=BOX)
        super().__init__(meta, signer, stamp_style=CLEAR, new_field_spec=place)
        self._at = at

    def init_signing_session(self, *args: Any, **options: Any) -> Any:
        session = super().init_signing_session(*args, **options)
        session.system_time = self._at
        return session


def _read_anew(certificates: Iterable[x509.Certificate]) -> list[Certificate]:
    """Return certificates as pyHanko wants them."""
    return [Certificate.load(one.public_bytes(serialization.Encoding.DER)) for one in certificates]


def _plain_key(key: SigningKey) -> PrivateKeyInfo:
    der, form = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8
    return PrivateKeyInfo.load(key.key.private_bytes(der, form, serialization.NoEncryption()))


def _apart(work: Callable[[], Any]) -> Any:
    """Run in a thread of its own: pyHanko starts an event loop, which no thread may do that already
    runs one.
    """
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(work).result()


def _fault(seal: EmbeddedPdfSignature, certificate: Certificate, signed_at: datetime | None) -> str:
    """Return why a signature by a known certificate does not hold for the whole file, or an empty
    text.
    """
    if (
        signed_at is None
        or not certificate.not_valid_before <= signed_at <= certificate.not_valid_after
    ):
        return "certificate_out_of_date"

    # Judged at the instant of the signature, since certificates run out and agreements do not.
    # Nothing is fetched: a hostile file must not make us call an address.
    context = ValidationContext(trust_roots=[certificate], moment=signed_at, allow_fetching=False)
    status = validate_pdf_signature(
        seal, signer_validation_context=context, key_usage_settings=USAGE
    )
    # A valid signature over part of a file says nothing of what was appended.
    if not status.bottom_line or status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        return "altered"

    return ""


def _number(reader: PdfFileReader) -> str:
    """Return the document's number, kept among its keywords."""
    return (
        str(reader.trailer["/Info"].get("/Keywords", "") or "") if "/Info" in reader.trailer else ""
    )
