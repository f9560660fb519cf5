"""Time stamps inside a seal (RFC 3161, PAdES B-T): put in after signing, and read again."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from asn1crypto import cms
from asn1crypto.x509 import Certificate
from pyhanko.sign.general import (
    NonexistentAttributeError,
    find_unique_cms_attribute,
    simple_cms_attribute,
)
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator.context import ValidationContext

from app.domain.errors import GatewayDown

# A token with its certificates has some 3 to 7 KB; what is free in a seal cannot grow afterwards.
RESERVED_BYTES = 16 * 1024
HEX = 2
ATTRIBUTE = "signature_time_stamp_token"
PURPOSE = "time_stamping"
# How far the clocks of the authority and of ours may be apart.
SKEW = timedelta(minutes=5)


def digest_to_stamp(seal: EmbeddedPdfSignature) -> bytes:
    """Return what the authority signs: the SHA-256 of the signature's value."""
    return hashlib.sha256(seal.signer_info["signature"].native).digest()


def put_in(pdf: bytes, seal: EmbeddedPdfSignature, token: cms.ContentInfo) -> bytes:
    """Return the file with a token in its seal; not a byte that the seal covers is changed.

    Raises: GatewayDown for a token that has no room.
    """
    signed = cms.ContentInfo.load(seal.pkcs7_content)
    (signer,) = signed["content"]["signer_infos"]
    signer["unsigned_attrs"] = cms.CMSAttributes([simple_cms_attribute(ATTRIBUTE, token)])
    # The gap between the two ranges that are covered, without its brackets.
    _start, before, after, _rest = seal.byte_range
    first, last = int(before) + 1, int(after) - 1
    filled = signed.dump().hex().encode()
    if len(filled) > last - first:
        raise GatewayDown("time stamp: the token has no room in the seal")

    return pdf[:first] + filled.ljust(last - first, b"0") + pdf[last:]


def is_padded_with_nothing(seal: EmbeddedPdfSignature) -> bool:
    """Tell whether the room behind a seal is empty: no seal covers it, so nothing may lie there."""
    content = seal.pkcs7_content
    return not any(content[len(cms.ContentInfo.load(content).dump()) :])


def told_at(seal: EmbeddedPdfSignature) -> datetime | None:
    """Return the instant that the token in a seal tells, None without one; nothing is validated."""
    try:
        # More than one is no file of ours.
        token = find_unique_cms_attribute(seal.signer_info["unsigned_attrs"], ATTRIBUTE)
    except NonexistentAttributeError:
        return None
    told: datetime = token["content"]["encap_content_info"]["content"].parsed["gen_time"].native
    return told


def context_at(roots: Sequence[Certificate], at: datetime) -> ValidationContext:
    """Return what a seal or a token is judged by: certificates, at an instant of the past."""
    # Nothing is fetched: a hostile file must not make us call an address.
    return ValidationContext(trust_roots=list(roots), moment=at, allow_fetching=False)


def holds(stamp: TimestampSignatureStatus, *, signed_at: datetime) -> bool:
    """Tell whether a validated token is of an authority and of a seal of this instant, never from
    before it.
    """
    # Looked at here too: a certificate that is trusted by itself is not asked what it is for.
    usage = stamp.signing_cert.extended_key_usage_value
    is_authority = usage is not None and PURPOSE in usage.native
    is_valid = stamp.valid and stamp.intact and stamp.trusted
    return is_valid and is_authority and stamp.timestamp >= signed_at - SKEW
