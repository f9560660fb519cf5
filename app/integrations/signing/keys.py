"""The lender's signing key with its certificates, from files; development makes its own."""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DEMO_NAME = "澄明消费金融有限公司（演示）"
DEMO_AUTHORITY_NAME = "开发用时间戳，没有证明力"
# Fixed days, long enough for every moved demo date and every test.
DEMO_FROM, DEMO_UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2056, 1, 1, tzinfo=UTC)


class KeyUnusable(Exception):
    """The key, its certificate or a trusted certificate cannot be read, or they do not belong
    together.
    """


@dataclass(frozen=True)
class StampAuthority:
    """Who stamps seals with the time: an address, or a key made here; and whose stamps hold.

    `roots` are the certificates above the authority in use and above those used before.
    """

    url: str = field(repr=False)
    key: "SigningKey | None"
    roots: tuple[x509.Certificate, ...]


@dataclass(frozen=True)
class SigningKey:
    """What signs, and what is trusted to have signed: the certificate in use and earlier ones."""

    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    trusted: tuple[x509.Certificate, ...]


def read_signing_key(
    key_file: Path, *, certificate_file: Path, password: str = "", trusted_dir: Path | None = None
) -> SigningKey:
    """Read PEM files: a key, its certificate followed by those above it, and certificates used
    before.

    Raises: KeyUnusable.
    """
    try:
        private = serialization.load_pem_private_key(
            key_file.read_bytes(), password.encode() or None
        )
        own, *above = x509.load_pem_x509_certificates(certificate_file.read_bytes())
        earlier = _certificates_in(trusted_dir)
    except (OSError, ValueError, TypeError) as fault:
        raise KeyUnusable(f"{key_file}, {certificate_file} or {trusted_dir}: {fault}") from fault

    if not isinstance(private, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise KeyUnusable(f"{key_file} is neither an elliptic curve key nor an RSA key")
    # Told at the start and not by the first signature, which would be worth nothing (ADR 0021).
    if private.public_key() != own.public_key():
        raise KeyUnusable(f"{certificate_file} does not begin with the certificate of {key_file}")

    return SigningKey(private, own, tuple(above), (own, *earlier))


def read_roots(path: Path) -> tuple[x509.Certificate, ...]:
    """Read the certificates in a PEM file, all of them trusted to stand above stamps.

    Raises: KeyUnusable.
    """
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError) as fault:
        raise KeyUnusable(f"{path}: {fault}") from fault


def make_development_key(path: Path) -> None:
    """Make a P-256 key that signs, with a certificate of its own in one file, once; two processes
    at once agree on one.
    """
    _make_once(path, DEMO_NAME, _usage())


def make_development_authority(path: Path) -> None:
    """Make a key that stamps, with a certificate that says it proves nothing, once."""
    stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    _make_once(path, DEMO_AUTHORITY_NAME, _usage(), stamping)


def _make_once(path: Path, name: str, *extensions: x509.ExtensionType) -> None:
    if path.exists():
        return

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Written aside and linked: the name appears with the whole file or not at all, and of two
    # processes one wins.
    fresh = path.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
    # Before the key is in it: there is no moment in which others could read it.
    fresh.touch(mode=0o600)
    fresh.write_bytes(_demo_pem(name, extensions))

    try:
        os.link(fresh, path)
    except FileExistsError:
        pass

    fresh.unlink()


def _usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _demo_pem(who: str, extensions: Sequence[x509.ExtensionType]) -> bytes:
    """A key and its certificate, the extensions all critical."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.COMMON_NAME, who),
        ]
    )
    own_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())

    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), DEMO_FROM, DEMO_UNTIL
    ).add_extension(own_id, critical=False)
    for one in extensions:
        builder = builder.add_extension(one, critical=True)

    plain = serialization.NoEncryption()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain
    )
    certificate = builder.sign(key, hashes.SHA256())

    return private + certificate.public_bytes(serialization.Encoding.PEM)


def _certificates_in(folder: Path | None) -> list[x509.Certificate]:
    if folder is None:
        return []
    if not folder.is_dir():
        raise OSError(f"{folder} is no folder")
    files = sorted(path for path in folder.iterdir() if path.suffix in (".pem", ".crt"))
    return [one for path in files for one in x509.load_pem_x509_certificates(path.read_bytes())]
