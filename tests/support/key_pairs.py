"""Keys with their certificates, as an operator makes them."""

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.agreements import SIGNED_AT

A_MONTH_BEFORE = SIGNED_AT - timedelta(days=30)


def make_pair(folder, *, issuer=None, password="", days=365, made_at=A_MONTH_BEFORE):
    """A key and its certificate, self-signed or by an issuer, as openssl would write them."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"澄明 {folder.name}")])
    issued_by, signing_key = issuer or (name, key)
    number, until = x509.random_serial_number(), made_at + timedelta(days=days)
    builder = x509.CertificateBuilder(issued_by, name, key.public_key(), number, made_at, until)
    certificate = builder.sign(signing_key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    (folder / "key.pem").write_bytes(private_pem(key, password))
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    return name, key


def private_pem(key, password="") -> bytes:
    """A private key as a file holds it, locked if there is a password."""
    lock = serialization.NoEncryption()
    if password:
        lock = serialization.BestAvailableEncryption(password.encode())
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, form, lock)
