"""Keys and certificates as pyHanko wants them."""

from collections.abc import Iterable

from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from app.integrations.signing.keys import SigningKey


def read_anew(certificates: Iterable[x509.Certificate]) -> list[Certificate]:
    """Return certificates in the form of asn1crypto."""
    return [Certificate.load(one.public_bytes(serialization.Encoding.DER)) for one in certificates]


def plain_key(key: SigningKey) -> PrivateKeyInfo:
    """Return the private key in the form of asn1crypto."""
    der, form = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8
    return PrivateKeyInfo.load(key.key.private_bytes(der, form, serialization.NoEncryption()))
