"""PAdES seals with the lender's key and a time stamp (B-T), made and read by pyHanko."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from io import BytesIO
from typing import Any

from asn1crypto.x509 import Certificate
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
from pyhanko_certvalidator.registry import SimpleCertificateStore

from app.domain.errors import GatewayDown
from app.integrations.signing.authorities import Authority
from app.integrations.signing.keys import SigningKey
from app.integrations.signing.reading import plain_key, read_anew
from app.integrations.signing.stamps import (
    HEX,
    RESERVED_BYTES,
    context_at,
    digest_to_stamp,
    holds,
    is_padded_with_nothing,
    put_in,
    told_at,
)
from app.ports.documents import SealFound, StampedPdf

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

    def __init__(
        self, key: SigningKey, *, authority: Authority, roots: Sequence[Certificate]
    ) -> None:
        above = SimpleCertificateStore()
        above.register_multiple(read_anew(key.chain))
        (own,) = read_anew([key.certificate])
        self._signer = SimpleSigner(
            signing_cert=own, signing_key=plain_key(key), cert_registry=above
        )
        # Certificates pinned one by one: an authority certifies others too (ADR 0021).
        self._trusted = {one.sha256: one for one in read_anew(key.trusted)}
        self._authority, self._roots = authority, tuple(roots)

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
        out = _apart(
            lambda: _DatedSigner(meta, self._signer, at).sign_pdf(
                # Room for the time stamp, which comes later.
                writer,
                bytes_reserved=HEX * RESERVED_BYTES,
            )
        )

        return bytes(out.getbuffer())

    def stamp(self, pdf: bytes, *, at: datetime) -> StampedPdf:
        """Return a file this signed with the authority's time stamp in its seal.

        Raises: GatewayDown where the authority gave none in time, or one that does not hold.
        """
        return _apart(lambda: self._stamp(pdf, at))  # type: ignore[no-any-return]

    def _stamp(self, pdf: bytes, at: datetime) -> StampedPdf:
        (seal,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
        token = asyncio.run(self._authority.stamp(digest_to_stamp(seal), at=at))
        try:
            stamped = put_in(pdf, seal, token)
            # Read as anybody will read it: a stamp that would not hold is none.
            found = self._read(PdfFileReader(BytesIO(stamped)))
        except Exception as fault:
            # What an authority sent is taken apart here for the first time, and may break a reader
            # in any way.
            raise GatewayDown(f"time stamp: {fault}") from fault
        if found.stamped_at is None:
            raise GatewayDown(f"time stamp: {found.reason}")

        return StampedPdf(stamped, found.stamped_at)

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

        reason, at = self._judge(seal, certificate, signed_at)
        if reason:
            return SealFound(reason, number=number)
        return SealFound("", signed_at, number, at)

    def _judge(
        self, seal: EmbeddedPdfSignature, certificate: Certificate, signed_at: datetime | None
    ) -> tuple[str, datetime | None]:
        """Return why a signature by a known certificate does not hold for the whole file, or an
        empty text, and when it was stamped.
        """
        if (
            signed_at is None
            or not certificate.not_valid_before <= signed_at <= certificate.not_valid_after
        ):
            return "certificate_out_of_date", None

        # Judged at the instant of the signature, since certificates run out and agreements do not.
        # Nothing is fetched: a hostile file must not make us call an address.
        status = validate_pdf_signature(
            seal,
            signer_validation_context=context_at([certificate], signed_at),
            ts_validation_context=context_at(self._roots, told_at(seal) or signed_at),
            key_usage_settings=USAGE,
        )
        # A valid signature over part of a file says nothing of what was appended.
        is_whole = status.coverage is SignatureCoverageLevel.ENTIRE_FILE and is_padded_with_nothing(
            seal
        )
        stamp = status.timestamp_validity
        is_sealed = is_whole and status.intact and status.valid
        if is_sealed and stamp is not None and not holds(stamp, signed_at=signed_at):
            return "stamp_invalid", None
        if not status.bottom_line or not is_whole:
            return "altered", None

        return "", None if stamp is None else stamp.timestamp


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


def _apart(work: Callable[[], Any]) -> Any:
    """Run in a thread of its own: pyHanko starts an event loop, which no thread may do that already
    runs one.
    """
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(work).result()


def _number(reader: PdfFileReader) -> str:
    """Return the document's number, kept among its keywords."""
    return (
        str(reader.trailer["/Info"].get("/Keywords", "") or "") if "/Info" in reader.trailer else ""
    )
