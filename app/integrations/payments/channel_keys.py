"""Keys that channels know us by and we know them by, from files; told at the start where they do
not fit.
"""

from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from app.integrations.signing.keys import KeyUnusable

LEAST_BITS = 2048
HEADING = "-----"


@dataclass(frozen=True)
class ChannelKeys:
    """Ours, and the channel's where it has one key for all; PEM as both SDKs read it. `serial` is
    that of our certificate, where the channel gave one.
    """

    private: str = field(repr=False)
    public: str = ""
    serial: str = ""


def read_wechat_keys(
    key_file: Path, certificate_file: Path, public_key_file: Path | None
) -> ChannelKeys:
    """Read our key with its certificate and, in public key mode, WeChat Pay's key. Raises
    KeyUnusable.
    """
    private = _private(key_file)
    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    except (OSError, ValueError) as fault:
        raise KeyUnusable(f"{certificate_file}: no certificate") from fault
    if certificate.public_key() != private.public_key():
        raise KeyUnusable(f"{certificate_file} is not the certificate of {key_file}")
    public = _public_text(_public(public_key_file)) if public_key_file else ""
    return ChannelKeys(_private_text(private), public, f"{certificate.serial_number:X}")


def read_alipay_keys(key_file: Path, public_key_file: Path) -> ChannelKeys:
    """Read the key of our application and Alipay's. Raises KeyUnusable, also where the second is
    that of our application: both are shown side by side there and easily mistaken.
    """
    private, public = _private(key_file), _public(public_key_file)
    if private.public_key() == public:
        raise KeyUnusable(f"{public_key_file} is the key of our application and not Alipay's")
    return ChannelKeys(_private_text(private), _public_text(public))


def _private(path: Path) -> RSAPrivateKey:
    try:
        key = load_der_private_key(_der(path), None)
    except (OSError, ValueError, TypeError) as fault:
        raise KeyUnusable(f"{path}: no private key without a password") from fault
    if not isinstance(key, RSAPrivateKey) or key.key_size < LEAST_BITS:
        raise KeyUnusable(f"{path}: no RSA key of {LEAST_BITS} bits or more")
    return key


def _public(path: Path) -> RSAPublicKey:
    try:
        key = load_der_public_key(_der(path))
    except (OSError, ValueError) as fault:
        raise KeyUnusable(f"{path}: no public key") from fault
    if not isinstance(key, RSAPublicKey) or key.key_size < LEAST_BITS:
        raise KeyUnusable(f"{path}: no RSA key of {LEAST_BITS} bits or more")
    return key


def _der(path: Path) -> bytes:
    """What a file holds, with the lines of PEM around it or, as Alipay's tool writes, without."""
    lines = path.read_text(encoding="ascii").split("\n")
    try:
        return b64decode("".join(one.strip() for one in lines if not one.startswith(HEADING)))
    except NotBase64 as fault:
        raise KeyUnusable(f"{path}: no key") from fault


def _private_text(key: RSAPrivateKey) -> str:
    form = PrivateFormat.PKCS8
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode("ascii")


def _public_text(key: RSAPublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")
